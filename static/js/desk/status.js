import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";

const PATIENCE = 1_000;

/** One polite voice for what a screen reader should hear. */
export function announce(text) {
  byId("status").textContent = text;
}

/** A thin bar, only while the line stays down. */
export class Connection {
  #bar = byId("connection");
  #timer = 0;

  show(state, reason) {
    if (state === "waiting") return this.#waiting(reason);
    if (state === "connecting") return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#bar.hidden = true;
  }

  #waiting(reason) {
    const kind = reason === "lost" && !navigator.onLine ? "offline" : reason;
    this.#bar.textContent = words(`desk.connection.${kind}`);
    this.#timer ||= setTimeout(() => (this.#bar.hidden = false), PATIENCE);
  }
}
