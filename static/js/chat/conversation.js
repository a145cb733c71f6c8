/**
 * The conversation as the frames tell it, with no page attached. `view` is told what changed:
 * `accepted(frame)`, `progressed(turn, message)`, `written(turn, text)`, `completed(frame)`,
 * `cleared()`. Frames may come twice, late or for an attempt that is over; each counts once.
 */
export class Conversation {
  seen = 0;
  #view;
  #running = new Map();
  #ended = new Set();

  constructor(view) {
    this.#view = view;
  }

  get isRunning() {
    return this.#running.size > 0;
  }

  get runningTurns() {
    return [...this.#running.keys()];
  }

  /** False when frames before this one are missing and must be asked for. */
  receive(frame) {
    if (frame.seq !== undefined && (frame.type === "accepted" || frame.type === "complete")) {
      return this.#receiveStored(frame);
    }
    if (frame.type === "progress") this.#progress(frame);
    if (frame.type === "token") this.#token(frame);
    if (frame.type === "reset") this.#reset(frame);
    if (frame.type === "deleted") this.clear();
    return true;
  }

  clear() {
    this.seen = 0;
    this.#running.clear();
    this.#ended.clear();
    this.#view.cleared();
  }

  #receiveStored(frame) {
    if (frame.seq <= this.seen) return true;
    if (frame.seq > this.seen + 1) return false;
    this.seen = frame.seq;
    if (frame.type === "accepted") this.#accepted(frame);
    else this.#completed(frame);
    return true;
  }

  #accepted(frame) {
    if (!this.#ended.has(frame.turn)) this.#answerOf(frame.turn);
    this.#view.accepted(frame);
  }

  #completed(frame) {
    this.#ended.add(frame.turn);
    this.#running.delete(frame.turn);
    this.#view.completed(frame);
  }

  #progress({ turn, message }) {
    if (!this.#ended.has(turn)) this.#view.progressed(turn, message);
  }

  #token({ turn, attempt, offset, token }) {
    if (this.#ended.has(turn)) return;
    const answer = this.#answerOf(turn);
    if (attempt < answer.attempt) return;
    if (attempt > answer.attempt) this.#begin(answer, attempt);
    if (offset !== 0 && offset !== answer.length) return;
    answer.text = offset === 0 ? token : answer.text + token;
    answer.length = offset + charactersIn(token);
    this.#view.written(turn, answer.text);
  }

  #reset({ turn, attempt }) {
    if (this.#ended.has(turn)) return;
    const answer = this.#answerOf(turn);
    if (attempt < answer.attempt) return;
    this.#begin(answer, attempt);
    this.#view.written(turn, "");
  }

  #begin(answer, attempt) {
    Object.assign(answer, { attempt, text: "", length: 0 });
  }

  #answerOf(turn) {
    if (!this.#running.has(turn)) this.#running.set(turn, { attempt: 0, text: "", length: 0 });
    return this.#running.get(turn);
  }
}

/** Characters as the server counts them: an emoji is one, not two. */
export function charactersIn(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
