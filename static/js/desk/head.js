import { byId, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { languageOf, named, reasonOf, vehicleOf } from "../staff/names.js";
import { standOf } from "./names.js";
import { ring, waitOf } from "./waiting.js";

const TICK = 10_000;

/** Above the conversation: what it is about, who has it, and what can be done with it now. */
export class Head {
  #handoff = null;
  #online = null;

  constructor() {
    setInterval(() => this.#handoff && this.#line(), TICK);
  }

  /** Nothing can be done until it is known what it is. */
  clear() {
    this.#handoff = null;
    this.#online = null;
    byId("talk-title").replaceChildren();
    byId("talk-line").replaceChildren();
    for (const id of ["claim", "resolve", "more"]) byId(id).hidden = true;
  }

  show(handoff) {
    this.#handoff = handoff;
    byId("talk-title").replaceChildren(reasonOf(handoff), " ", element("span", { class: "muted reference" }, handoff.reference));
    this.#line();
    this.#actions(standOf(handoff), handoff);
  }

  showPresence(isOnline) {
    this.#online = isOnline ?? null;
    if (this.#handoff) this.#line();
  }

  #line() {
    const parts = [this.#presence(), this.#stand(), vehicleOf(this.#handoff), languageOf(this.#handoff)].filter(Boolean);
    byId("talk-line").replaceChildren(...parts.flatMap((part, at) => (at ? [element("span", { class: "dot", "aria-hidden": "true" }, "·"), part] : [part])));
  }

  #presence() {
    if (this.#online === null) return null;
    const state = this.#online ? "online" : "away";
    return element("span", { class: "presence", "data-state": state }, words(`desk.presence.${state}`));
  }

  #stand() {
    const stand = standOf(this.#handoff);
    if (stand === "waiting") return waitingLine(this.#handoff);
    if (stand === "over") return named("desk.outcome.", this.#handoff.outcome ?? this.#handoff.state);
    return words(`desk.line.${stand}`, { name: this.#handoff.claimed?.name ?? words("desk.author.staff") });
  }

  #actions(stand, { snoozed_until: snoozed }) {
    const isMine = stand === "mine";
    byId("claim").hidden = stand !== "waiting";
    byId("resolve").hidden = !isMine;
    byId("more").hidden = stand === "over";
    byId("return").hidden = !isMine;
    byId("transfer").hidden = stand === "over";
    byId("suggest").hidden = stand === "colleague";
    byId("snooze").hidden = Boolean(snoozed);
    byId("wake").hidden = !snoozed;
  }
}

function waitingLine(handoff) {
  const { share, level, text } = waitOf(handoff);
  return element("span", { class: "row-time", "data-level": level }, level === "late" ? icon("caution") : ring(share), text);
}
