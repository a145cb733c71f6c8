const STORED = new Set(["accepted", "complete", "card", "human_message", "participant", "handoff"]);
const PASSING = new Set(["progress", "token", "reset"]);

/**
 * The conversation as the frames tell it, with no page attached. `view` is told what changed:
 * `accepted(frame)`, `progressed(turn, message)`, `written(turn, text)`, `completed(frame)`,
 * `carded(frame)`, `handed(frame)` for all about a person who answers, `dropped(turn)` for an answer
 * that will not come since a person has joined, `cleared()`. Frames may come twice, late or for an attempt that is over; each
 * counts once.
 */
export class Conversation {
  seen = 0;
  #view;
  #running = new Map();
  #ended = new Set();
  #held = null;

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
    if (this.#held && (STORED.has(frame.type) || PASSING.has(frame.type))) {
      this.#held.push(frame);
      return true;
    }
    return this.#receive(frame);
  }

  /** A replay was asked for: what comes from here on waits until it is whole. */
  hold() {
    this.#held = [];
  }

  /**
   * The replay is whole. What changed since is in it under its newest number only, so that numbers
   * may be missing, and a newer frame may have come before it.
   */
  release() {
    const held = this.#held ?? [];
    this.#held = null;
    const stored = held.filter((frame) => frame.seq !== undefined).sort((one, other) => one.seq - other.seq);
    for (const frame of stored) if (frame.seq > this.seen) this.#take(frame);
    for (const frame of held) if (frame.seq === undefined) this.#receive(frame);
  }

  #receive(frame) {
    if (frame.seq !== undefined && STORED.has(frame.type)) return this.#receiveStored(frame);
    if (frame.type === "card") this.#view.carded(frame);
    if (frame.type === "handoff" || frame.type === "typing") this.#view.handed(frame);
    if (frame.type === "progress") this.#progress(frame);
    if (frame.type === "token") this.#token(frame);
    if (frame.type === "reset") this.#reset(frame);
    if (frame.type === "deleted") this.clear();
    return true;
  }

  clear() {
    this.seen = 0;
    if (this.#held) this.#held = [];
    this.#running.clear();
    this.#ended.clear();
    this.#view.cleared();
  }

  #receiveStored(frame) {
    if (frame.seq <= this.seen) return true;
    if (frame.seq > this.seen + 1) return false;
    this.#take(frame);
    return true;
  }

  #take(frame) {
    this.seen = frame.seq;
    if (frame.type === "accepted") this.#accepted(frame);
    else if (frame.type === "complete") this.#completed(frame);
    else if (frame.type === "card") this.#view.carded(frame);
    else this.#handed(frame);
  }

  /** From the moment a person joins, the assistant is silent. */
  #handed(frame) {
    if (frame.type === "participant" && frame.state === "joined") {
      for (const turn of this.#running.keys()) {
        this.#ended.add(turn);
        this.#view.dropped(turn);
      }
      this.#running.clear();
    }
    this.#view.handed(frame);
  }

  #accepted(frame) {
    if (frame.relayed) this.#ended.add(frame.turn);
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
