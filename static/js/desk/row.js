import { dateOf, sameDay, timeOf } from "../shared/dates.js";
import { element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { languageOf, named, reasonOf, vehicleOf } from "../staff/names.js";
import { plain, readable } from "../staff/placeholders.js";
import { standOf } from "./names.js";
import { ring, spanOf, waitOf } from "./waiting.js";

/** One handoff in the queue: a button that keeps its place and its focus while its words change. */
export class Row {
  element = element("li");
  #button;

  constructor(handoff, open) {
    this.#button = element("button", { type: "button", class: "row", onclick: () => open(this.handoff) });
    this.element.append(this.#button);
    this.fill(handoff);
  }

  focus() {
    this.#button.focus();
    this.#button.scrollIntoView({ block: "nearest" });
  }

  get hasFocus() {
    return this.#button === document.activeElement;
  }

  mark(isOpen) {
    if (isOpen) this.#button.setAttribute("aria-current", "true");
    else this.#button.removeAttribute("aria-current");
  }

  fill(handoff) {
    this.handoff = handoff;
    this.#button.dataset.stand = standOf(handoff);
    this.#button.dataset.priority = handoff.priority;
    this.#button.replaceChildren(head(handoff), lastOf(handoff), foot(handoff));
  }

  /** Time has gone by. */
  tick() {
    this.#button.querySelector(".row-time").replaceWith(timeIn(this.handoff));
  }
}

function head(handoff) {
  const { unread } = handoff;
  const count = unread > 0 && element("span", { class: "count" }, element("span", { "aria-hidden": "true" }, String(unread)),
    element("span", { class: "hidden" }, words("desk.unread", { count: unread })));
  return element("span", { class: "row-head" },
    element("strong", {}, reasonOf(handoff)), element("span", { class: "gap" }), count || null, timeIn(handoff));
}

function timeIn(handoff) {
  const stand = standOf(handoff);
  if (stand === "over") return plainTime(whenOf(handoff.resolved_at));
  if (handoff.snoozed_until) return plainTime(words("desk.snoozed_until", { moment: whenOf(handoff.snoozed_until) }));
  if (stand !== "waiting") return plainTime(spanOf(Date.now() - Date.parse(handoff.claimed_at ?? handoff.opened_at)));
  const { share, level, waited, text } = waitOf(handoff);
  const mark = level === "late" ? icon("caution") : ring(share);
  return element("span", { class: "row-time", "data-level": level, title: words("desk.wait.waited", { span: waited }) }, mark, text);
}

const plainTime = (text) => element("span", { class: "row-time" }, text);

export function whenOf(moment) {
  if (!moment) return "";
  const at = new Date(moment);
  return sameDay(at, new Date()) ? timeOf(at) : `${dateOf(at)}, ${timeOf(at)}`;
}

function lastOf({ last }) {
  if (!last) return element("span", { class: "row-last muted" }, words("desk.row.silent"));
  const who = last.author === "customer" ? "" : `${named("desk.author.", last.author)}: `;
  return element("span", { class: "row-last" }, who + readable(plain(last.text)));
}

function foot(handoff) {
  const stand = standOf(handoff);
  const parts = [handoff.reference, languageOf(handoff), vehicleOf(handoff)].filter(Boolean);
  const who = stand === "over" ? named("desk.outcome.", handoff.outcome ?? handoff.state) : handoff.claimed?.name ?? assignedTo(handoff);
  return element("span", { class: "row-foot" }, element("span", {}, stand === "over" ? null : priorityOf(handoff), parts.join(" · ")), who ? element("span", { class: "row-who" }, stand === "over" ? null : icon("person"), who) : null);
}

/** What comes before others; the order of the list says the rest. */
function priorityOf({ priority }) {
  if (priority === 1) return [element("span", { class: "urgent" }, icon("halt"), words("desk.priority.1")), " · "];
  return priority === 2 ? `${words("desk.priority.2")} · ` : null;
}

/** Handed to somebody who has not claimed it yet. */
function assignedTo({ assigned }) {
  return assigned ? words("desk.row.assigned", { name: assigned.name ?? "" }) : null;
}
