import { Scrolling } from "../chat/scrolling.js";
import { call, Refused } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { problemOf } from "./forms.js";
import { standOf } from "./names.js";
import { rowOf } from "./rows.js";
import { Running } from "./running.js";
import { announce } from "./status.js";

const TYPING = 6_000;

/**
 * The handoff that stands open: its transcript follows the socket, and is read again where a number is missing.
 * `parts` are the page's `transcript`, `masked`, `head`, `composer`, `suggestion`, `outgoing` and `context`; `line.send(frame)`
 * speaks to the socket; `tell`: `left(said)`, `heard()` when the customer wrote, and the reader's own `name()`.
 */
export class Talk {
  handoff = null;
  #parts;
  #line;
  #tell;
  #seen = 0;
  #reading = null;
  #again = false;
  #isOld = false;
  #running = new Running();
  #scrolling = new Scrolling();
  #typing = 0;

  constructor(parts, line, tell) {
    this.#parts = parts;
    this.#line = line;
    this.#tell = tell;
  }

  /** Show a handoff: what the list knows of it at once, the rest when it has come. */
  async open(handoff) {
    const { id } = handoff;
    if (this.handoff?.id === id) return;
    this.#clear();
    this.handoff = handoff;
    showTalk(true);
    byId("skeleton").hidden = false;
    if (handoff.reference) this.show(handoff);
    await this.read();
    if (this.handoff?.id !== id) return;
    this.watch();
    this.#scrolling.toEnd();
  }

  leave() {
    if (!this.handoff) return;
    this.#clear();
    this.handoff = null;
    showTalk(false);
    this.#line.send({ type: "watch", handoff_id: null, after: 0 });
  }

  /** Tell the socket what to send; after a reconnect it sends what was missed. */
  watch() {
    if (this.handoff) this.#line.send({ type: "watch", handoff_id: this.handoff.id, after: this.#seen });
  }

  /** Everything again from the server; calls while it is being read become one more. */
  read() {
    if (this.#reading) this.#again = true;
    else this.#reading = this.#read(this.handoff.id).finally(() => this.#hasRead());
    return this.#reading;
  }

  receive(frame) {
    if (!this.handoff) return;
    if (frame.type === "card") return void this.read();
    const row = rowOf(frame);
    if (row) return this.#stored(row, frame);
    const text = this.#running.text(frame);
    if (text !== null) this.#parts.transcript.write(frame.turn, text);
    if (frame.type === "typing" && frame.name !== this.#tell.name()) this.#showTyping(frame.name ?? words("desk.author.customer"));
    if (frame.type === "summary" && frame.handoff_id === this.handoff.id) this.#parts.context.showSummary(frame.text);
    if (frame.type === "presence") this.#showPresence(frame.customer);
  }

  /** The list was read again: what it says of the open handoff is newer. */
  refresh(listed) {
    if (!listed || listed.id !== this.handoff?.id || !this.handoff.transcript) return;
    this.show({ ...this.handoff, ...listed });
  }

  /** The handoff as it is now. */
  show(handoff) {
    const changed = standOf(handoff) !== standOf(this.handoff) || handoff.state !== this.handoff.state;
    this.handoff = handoff;
    for (const part of [this.#parts.head, this.#parts.composer, this.#parts.suggestion]) part.show(handoff);
    if (changed) announce(words(`desk.stand.${standOf(handoff)}`, { name: handoff.claimed?.name ?? words("desk.author.staff") }));
  }

  #clear() {
    this.#seen = 0;
    this.#running.clear();
    for (const part of [this.#parts.transcript, this.#parts.masked, this.#parts.outgoing, this.#parts.context, this.#parts.suggestion, this.#parts.head]) part.clear();
    this.#showTyping(null);
    this.problem("");
    announce("");
  }

  #hasRead() {
    this.#reading = null;
    if (!this.#again || !this.handoff) return;
    this.#again = false;
    this.read();
  }

  async #read(id) {
    try {
      const handoff = await call("GET", `/api/v1/handoffs/${encodeURIComponent(id)}`);
      if (this.handoff?.id === id) this.#whole(handoff);
    } catch (refused) {
      if (this.handoff?.id !== id) return;
      byId("skeleton").hidden = true;
      if (refused instanceof Refused && refused.status === 404) return this.#tell.left(words("desk.talk.gone"));
      this.#isOld = true;
      this.problem(problemOf(refused));
    }
  }

  #whole(handoff) {
    byId("skeleton").hidden = true;
    if (this.#isOld) this.problem("");
    this.#isOld = false;
    const isNew = !this.handoff.transcript;
    this.#seen = Math.max(this.#seen, handoff.seq);
    if (isNew) this.handoff = handoff;
    this.#parts.transcript.endRunning();
    this.#parts.transcript.add(handoff.transcript);
    this.#parts.transcript.addNotes(handoff.notes);
    this.#parts.outgoing.show(handoff);
    this.#parts.context.show(handoff);
    this.show(handoff);
    if (isNew) this.#scrolling.toEnd();
  }

  #stored(row, frame) {
    if (row.seq <= this.#seen) return;
    if (row.seq > this.#seen + 1) return void this.read();
    this.#seen = row.seq;
    if (frame.type === "complete") this.#ended(frame.turn);
    this.#parts.transcript.add([row]);
    this.#parts.outgoing.arrived(row);
    this.#scrolling.announce();
    if (["handoff", "participant"].includes(frame.type)) this.read();
    if (frame.type !== "accepted") return;
    this.#showTyping(null);
    announce(words("desk.customer_wrote"));
    this.#tell.heard();
  }

  #showPresence(isOnline) {
    this.#parts.head.showPresence(isOnline);
    this.#parts.context.showPresence(isOnline);
  }

  #ended(turn) {
    this.#running.end(turn);
    this.#parts.transcript.endRunning(turn);
  }

  #showTyping(who) {
    clearTimeout(this.#typing);
    byId("typing").hidden = !who;
    byId("typing").textContent = who ? words("desk.typing", { name: who }) : "";
    if (who) this.#typing = setTimeout(() => this.#showTyping(null), TYPING);
  }

  /** Said above the transcript until the next try. */
  problem(text) {
    byId("talk-problem").hidden = !text;
    byId("talk-problem").textContent = text;
  }
}

function showTalk(isOpen) {
  byId("talk-none").hidden = isOpen;
  byId("talk").hidden = !isOpen;
  byId("panes").dataset.open = String(isOpen);
}
