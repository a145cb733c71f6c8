import { byId, element } from "../shared/elements.js";
import { dayOf, sameDay, timeOf } from "../shared/dates.js";
import { Answer } from "./answer.js";
import { Message } from "./message.js";

const GAP = 10 * 60_000;

/** What stands on the page, in order: an answer under what it answers, its cards under the answer. */
export class Transcript {
  entries = [];
  #log = byId("transcript");
  #tell;
  #scheduled = false;

  constructor(tell) {
    this.#tell = tell;
  }

  get isEmpty() {
    return this.entries.length === 0;
  }

  /** A message just written: it waits at the end until the server has it. */
  addPending(item) {
    const message = new Message(item);
    message.isPending = true;
    this.#insert(message, this.entries.length);
    this.#settleFollowUps();
    return message;
  }

  pending(id) {
    return this.entries.find((entry) => entry.isPending && entry.id === id);
  }

  accept(frame) {
    const waiting = this.pending(frame.client_message_id);
    const message = waiting ?? new Message({ id: frame.client_message_id, text: frame.message, at: frame.created_at });
    message.accepted(frame);
    this.#place(message, this.#firstPending());
    message.isPending = false;
    this.#settleFollowUps();
    const answer = this.#running(frame.turn);
    if (answer) this.#place(answer, this.#after(frame.turn));
  }

  /** The answer that is being written for a turn, made where it belongs if there is none. */
  answerTo(turn) {
    const found = this.entries.find((entry) => entry.kind === "assistant" && entry.turn === turn);
    if (found) return found;
    const answer = new Answer(turn, this.#tell);
    this.#insert(answer, this.#after(turn));
    return answer;
  }

  complete(frame) {
    const answer = this.answerTo(frame.turn);
    answer.complete(frame);
    this.#settleFollowUps();
    this.#schedule();
    return answer;
  }

  /** What a person says, or what happened: after everything the server has. */
  addLine(line) {
    this.#insert(line, this.#firstPending());
    this.#settleFollowUps();
  }

  /** An answer that will not come. */
  drop(turn) {
    const answer = this.#running(turn);
    if (answer) this.#remove(answer);
    this.#schedule();
  }

  /** Whether the answer of a turn is there; a turn nobody knows needs none. */
  isAnswered(turn) {
    if (typeof turn !== "number") return true;
    return this.entries.some((entry) => entry.kind === "assistant" && entry.turn === turn && entry.metadata);
  }

  /** Under its answer, after the cards that are older, whatever changed since and came first. */
  addCard(card) {
    const comesBefore = (entry) => entry.kind === "assistant" || (entry.kind === "card" && !(entry.madeAt > card.madeAt));
    const last = this.entries.findLastIndex((entry) => entry.turn === card.turn && comesBefore(entry));
    this.#insert(card, last < 0 ? this.#firstPending() : last + 1);
  }

  answer(messageId) {
    return this.entries.find((entry) => entry.messageId === messageId);
  }

  questionOf(answer) {
    return this.entries.findLast((entry) => entry.kind === "customer" && entry.turn === answer.turn);
  }

  remove(id) {
    const waiting = this.pending(id);
    if (waiting) this.#remove(waiting);
    this.#schedule();
  }

  clear() {
    const waiting = this.entries.filter((entry) => entry.isPending);
    this.entries = [];
    this.#log.replaceChildren();
    for (const entry of waiting) this.#insert(entry, this.entries.length);
  }

  #insert(entry, at) {
    const next = this.entries[at];
    if (next) next.element.before(entry.element);
    else this.#log.append(entry.element);
    this.entries.splice(at, 0, entry);
    this.#schedule();
  }

  #remove(entry) {
    this.entries.splice(this.entries.indexOf(entry), 1);
    entry.element.remove();
  }

  /** Put an entry at an index, counted with it in its old place; what is right stays untouched. */
  #place(entry, at) {
    const now = this.entries.indexOf(entry);
    if (now === at) return this.#schedule();
    if (now >= 0) this.#remove(entry);
    this.#insert(entry, now >= 0 && now < at ? at - 1 : at);
  }

  #after(turn) {
    const last = this.entries.findLastIndex((entry) => entry.kind === "customer" && entry.turn === turn);
    return last < 0 ? this.#firstPending() : last + 1;
  }

  #running(turn) {
    return this.entries.find((entry) => entry.kind === "assistant" && entry.turn === turn && !entry.metadata);
  }

  #firstPending() {
    const first = this.entries.findIndex((entry) => entry.isPending);
    return first < 0 ? this.entries.length : first;
  }

  #settleFollowUps() {
    const last = this.entries.findLast((entry) => entry.kind !== "card");
    for (const entry of this.entries) if (entry.metadata && entry !== last) entry.settle();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#separate();
    });
  }

  /** Day separators, and the time where more than ten minutes went by. */
  #separate() {
    for (const old of this.#log.querySelectorAll(".separator")) old.remove();
    let previous = null;
    for (const { at, element: shown } of this.entries) {
      if (at && (!previous || !sameDay(previous, at))) shown.before(separator(dayOf(at)));
      else if (at && at - previous > GAP) shown.before(separator(timeOf(at)));
      previous = at ?? previous;
    }
  }
}

function separator(text) {
  return element("p", { class: "separator" }, element("span", {}, text));
}
