import { forget, store, stored } from "../shared/storage.js";

/** Kinds of refusal that pass by themselves; the message is sent again with the same id. */
const PASSING = new Set(["TooManyRequests", "DatabaseDown", "Unavailable"]);
const LONGEST_PAUSE = 30;

/**
 * Messages the server has not acknowledged yet, kept across reloads under the session's word. Each
 * is `{id, text, at}`, a pressed button also `{card_id, choice}`; `send(item)` answers whether the line took it, `show(id, state, code)` puts
 * `queued`, `sending`, `retrying` or `failed` beside the message.
 */
export class Outbox {
  #key;
  #send;
  #show;
  #ready = false;
  #sent = new Set();
  #tries = new Map();

  constructor(session, { send, show }) {
    this.#key = `genai-auto.outbox.${session}`;
    this.#send = send;
    this.#show = show;
  }

  get items() {
    return JSON.parse(stored(this.#key) ?? "[]");
  }

  add(item) {
    this.#keep([...this.items, item]);
    this.flush();
  }

  /** The server has it, or its writer took it back. */
  remove(id) {
    this.#keep(this.items.filter((item) => item.id !== id));
    this.#sent.delete(id);
    this.#tries.delete(id);
  }

  /** The line is up and caught up: send everything that waits, in order. */
  open() {
    this.#ready = true;
    this.flush();
  }

  /** The line is down: what was under way counts as unsent. */
  close() {
    this.#ready = false;
    this.#sent.clear();
    for (const item of this.items) if (!item.failed) this.#show(item.id, "queued");
  }

  flush() {
    for (const item of this.items) if (!item.failed && !this.#sent.has(item.id)) this.#try(item);
  }

  /** The server did not take it: send again after a pause, or leave it to its writer. */
  refused(id, code, retryAfter) {
    if (!this.items.some((item) => item.id === id)) return;
    if (PASSING.has(code)) this.#tryLater(id, code, retryAfter);
    else this.#fail(id, code);
  }

  #try(item) {
    const sent = this.#ready && this.#send(item);
    if (sent) this.#sent.add(item.id);
    this.#show(item.id, sent ? "sending" : "queued");
  }

  #tryLater(id, code, retryAfter) {
    const tries = (this.#tries.get(id) ?? 0) + 1;
    this.#tries.set(id, tries);
    const seconds = retryAfter ?? Math.min(2 ** tries, LONGEST_PAUSE);
    this.#show(id, "retrying", code);
    setTimeout(() => {
      this.#sent.delete(id);
      this.flush();
    }, seconds * 1000);
  }

  #fail(id, code) {
    this.#keep(this.items.map((item) => (item.id === id ? { ...item, failed: code } : item)));
    this.#show(id, "failed", code);
  }

  #keep(items) {
    if (items.length) store(this.#key, JSON.stringify(items));
    else forget(this.#key);
  }
}
