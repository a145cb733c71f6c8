import { byId, element } from "../shared/elements.js";
import { dayOf, sameDay, timeOf } from "../shared/dates.js";
import { entryOf, noteEntry, runningAnswer } from "./entry.js";

const GAP = 10 * 60_000;

/**
 * What was said, in order of `seq`, with notes between by their time, answers being written and replies under way
 * at the end. A row that comes twice is drawn once.
 */
export class Transcript {
  #log = byId("transcript");
  #tell;
  #rows = new Map();
  #notes = new Map();
  #running = new Map();
  #pending = [];

  /** `tell`: `masked`, and `wrong(row)` for an answer. */
  constructor(tell) {
    this.#tell = tell;
  }

  clear() {
    this.#rows.clear();
    this.#notes.clear();
    this.#running.clear();
    this.#pending = [];
    this.#log.replaceChildren();
  }

  has(messageId) {
    return [...this.#rows.values()].some(({ row }) => row.message_id === messageId);
  }

  add(rows) {
    for (const row of rows) {
      if (!this.#rows.has(row.seq)) this.#rows.set(row.seq, { row, at: row.created_at, element: entryOf(row, this.#tell) });
    }
    this.#draw();
  }

  addNotes(notes) {
    for (const note of notes) {
      if (!this.#notes.has(note.id)) this.#notes.set(note.id, { at: note.created_at, element: noteEntry(note, this.#tell.masked) });
    }
    this.#draw();
  }

  /** An answer as far as it is written. */
  write(turn, text) {
    if (!this.#running.has(turn)) this.#running.set(turn, runningAnswer(this.#tell.masked));
    this.#running.get(turn).write(text);
    this.#draw();
  }

  /** Answers that were being written: this one, or all of them. */
  endRunning(turn) {
    if (turn === undefined) this.#running.clear();
    else this.#running.delete(turn);
    this.#draw();
  }

  showPending(elements) {
    this.#pending = elements;
    this.#draw();
  }

  #draw() {
    const rows = [...this.#rows.entries()].sort(([one], [other]) => one - other).map(([, entry]) => entry);
    const placed = withNotes(rows, [...this.#notes.values()]);
    const shown = [...separated(placed), ...[...this.#running.values()].map((each) => each.element), ...this.#pending];
    place(this.#log, shown);
  }
}

/** Notes have no `seq`: each stands before the first row that is newer. */
function withNotes(rows, notes) {
  const waiting = notes.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const placed = [];
  for (const row of rows) {
    while (waiting.length && Date.parse(waiting[0].at) < Date.parse(row.at)) placed.push(waiting.shift());
    placed.push(row);
  }
  return [...placed, ...waiting];
}

function separated(entries) {
  const shown = [];
  let previous = null;
  for (const entry of entries) {
    const at = new Date(entry.at);
    if (!previous || !sameDay(previous, at)) shown.push(separator(entry, dayOf(at)));
    else if (at - previous > GAP) shown.push(separator(entry, timeOf(at)));
    previous = at;
    shown.push(entry.element);
  }
  return shown;
}

/** Kept with its entry, so that drawing again leaves it where it is. */
function separator(entry, text) {
  if (entry.separator?.textContent !== text) entry.separator = element("p", { class: "separator" }, element("span", {}, text));
  return entry.separator;
}

/** What stands where it should is not touched: the focus and a selection stay. */
function place(log, shown) {
  const wanted = new Set(shown);
  for (const child of [...log.children]) if (!wanted.has(child)) child.remove();
  shown.forEach((each, at) => log.children[at] === each || log.insertBefore(each, log.children[at] ?? null));
}
