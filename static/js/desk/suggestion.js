import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { readable } from "../staff/placeholders.js";
import { problemOf } from "./forms.js";
import { standOf } from "./names.js";
import { announce } from "./status.js";

/** A reply the assistant suggests, until it is used, edited or dismissed. */
export class Suggestion {
  #dismissed = new Set();
  #handoff = null;
  #text = "";
  #tell;

  /** `tell`: `say(text)`, `edit(text)`, `problem(text)`. */
  constructor(tell) {
    this.#tell = tell;
    byId("suggestion-use").addEventListener("click", () => this.#take((text) => tell.say(text)));
    byId("suggestion-edit").addEventListener("click", () => this.#take((text) => tell.edit(text)));
    byId("suggestion-dismiss").addEventListener("click", () => this.#take(() => byId("message").focus()));
  }

  clear() {
    this.#handoff = null;
    this.#offer("");
  }

  show(handoff) {
    this.#handoff = handoff;
    const isOffered = ["waiting", "mine"].includes(standOf(handoff));
    if (!isOffered) return this.#offer("");
    if (!this.#text) this.#offer(handoff.summary?.suggestion ?? "");
  }

  async ask() {
    const { id } = this.#handoff;
    announce(words("desk.suggestion.coming"));
    byId("suggest").disabled = true;
    try {
      const { suggestion } = await call("POST", `/api/v1/handoffs/${id}/suggestion`);
      if (this.#handoff?.id !== id) return;
      this.#dismissed.delete(suggestion);
      this.#offer(suggestion ?? "");
      announce(words(suggestion ? "desk.suggestion" : "desk.suggestion.none"));
      if (!suggestion) this.#tell.problem(words("desk.suggestion.none"));
    } catch (refused) {
      this.#tell.problem(problemOf(refused));
    } finally {
      byId("suggest").disabled = false;
    }
  }

  #offer(text) {
    this.#text = this.#dismissed.has(text) ? "" : text;
    byId("suggestion").hidden = !this.#text;
    byId("suggestion-text").textContent = readable(this.#text);
  }

  #take(use) {
    const text = this.#text;
    this.#dismissed.add(text);
    this.#offer("");
    use(text);
  }
}
