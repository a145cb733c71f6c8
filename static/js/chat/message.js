import { button, element, icon } from "../shared/elements.js";
import { timeOf } from "../shared/dates.js";
import { hasWords, words } from "../shared/words.js";

const NOTES = { queued: "chat.message.queued", sending: "chat.message.sending" };

/** One message of the customer, from typed to accepted. */
export class Message {
  kind = "customer";
  turn = null;
  #text = element("div", { class: "bubble" });
  #time = element("time");
  #note = element("p", { class: "state" });

  constructor({ id, text, at, card_id: cardId }) {
    this.id = id;
    this.isPress = cardId !== undefined;
    this.element = element("article", { class: "message customer", "aria-label": words("chat.you") },
      this.#text, this.#time, this.#note);
    this.write(text, new Date(at));
  }

  write(text, at) {
    this.text = text;
    this.at = at;
    this.#text.textContent = text;
    this.#time.dateTime = at.toISOString();
    this.#time.textContent = timeOf(at);
  }

  /** `queued`, `sending`, `retrying`, `failed`: what happens to it, in words beside it. */
  showState(state, code, takeBack) {
    this.element.dataset.state = state;
    this.#note.replaceChildren(...this.#noteOf(state, code));
    if (state === "failed" || state === "retrying") {
      const label = this.isPress ? [icon("close"), words("chat.message.remove")] : [icon("edit"), words("chat.message.edit")];
      this.#note.append(button(label, takeBack, { class: "link" }));
    }
  }

  accepted(frame) {
    this.turn = frame.turn;
    this.write(frame.message, new Date(frame.created_at));
    delete this.element.dataset.state;
    this.#note.replaceChildren();
  }

  #noteOf(state, code) {
    if (NOTES[state]) return [icon("clock"), words(NOTES[state])];
    const known = hasWords(`chat.error.${code}`) ? words(`chat.error.${code}`) : words("chat.error.other");
    return [icon(state === "failed" ? "caution" : "clock"), known];
  }
}
