import { newId } from "../chat/identifiers.js";
import { call } from "../shared/calls.js";
import { pendingEntry } from "./entry.js";
import { problemOf } from "./forms.js";

/**
 * Replies on their way: each goes out under its own `client_message_id`, so that sending it again never says it
 * twice. What failed stays until it is sent or taken back, also while another handoff stands open.
 */
export class Outgoing {
  #items = [];
  #shown = null;
  #parts;
  #tell;

  /** `parts`: `transcript`, `masked`; `tell`: `sent(handoff)`, `edit(text)`, `name()`. */
  constructor(parts, tell) {
    this.#parts = parts;
    this.#tell = tell;
  }

  clear() {
    this.#shown = null;
  }

  show({ id }) {
    this.#shown = id;
    this.#draw();
  }

  say(handoffId, text) {
    const item = { id: newId(), handoffId, text, problem: "" };
    this.#items.push(item);
    return this.#send(item);
  }

  /** It stands in the transcript now. */
  arrived(row) {
    const before = this.#items.length;
    this.#items = this.#items.filter((item) => item.id !== row.client_message_id && item.messageId !== (row.message_id ?? ""));
    if (this.#items.length !== before) this.#draw();
  }

  async #send(item) {
    item.problem = "";
    this.#draw();
    try {
      const sent = await call("POST", `/api/v1/handoffs/${item.handoffId}/messages`, { text: item.text, client_message_id: item.id });
      item.messageId = sent.message_id;
      if (this.#parts.transcript.has(sent.message_id)) this.#drop(item);
      this.#tell.sent(item.handoffId);
    } catch (refused) {
      item.problem = problemOf(refused);
      this.#tell.failed(refused);
    }
    this.#draw();
  }

  #drop(item) {
    this.#items = this.#items.filter((each) => each !== item);
  }

  #edit(item) {
    this.#drop(item);
    this.#draw();
    this.#tell.edit(item.text);
  }

  #draw() {
    const mine = this.#items.filter((item) => item.handoffId === this.#shown);
    this.#parts.transcript.showPending(mine.map((item) => this.#entry(item)));
  }

  #entry(item) {
    return pendingEntry(item, this.#tell.name(), this.#parts.masked, { retry: () => this.#send(item), edit: () => this.#edit(item) });
  }
}
