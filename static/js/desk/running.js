import { charactersIn } from "../chat/conversation.js";

/** Answers that are being written, put together from `token` and `reset` frames. */
export class Running {
  #answers = new Map();
  #ended = new Set();

  clear() {
    this.#answers.clear();
    this.#ended.clear();
  }

  /** Words that come late belong to nothing. */
  end(turn) {
    this.#ended.add(turn);
    this.#answers.delete(turn);
  }

  /** The text so far, or null for a frame that is not of it. */
  text(frame) {
    if (frame.type !== "token" && frame.type !== "reset") return null;
    const { turn, attempt } = frame;
    if (this.#ended.has(turn)) return null;
    const known = this.#answers.get(turn) ?? { attempt, text: "", length: 0 };
    if (attempt < known.attempt) return null;
    if (frame.type === "reset" || attempt > known.attempt) Object.assign(known, { attempt, text: "", length: 0 });
    this.#answers.set(turn, known);
    return frame.type === "token" ? this.#grow(known, frame) : known.text;
  }

  #grow(known, { offset, token }) {
    if (offset !== 0 && offset !== known.length) return known.length ? known.text : null;
    known.text = offset === 0 ? token : known.text + token;
    known.length = offset + charactersIn(token);
    return known.text;
  }
}
