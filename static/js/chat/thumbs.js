import { call } from "../shared/calls.js";

/** Thumbs on answers: sent again after a reconnect until they are stored. `send(frame)` may fail. */
export class Thumbs {
  #session;
  #transcript;
  #send;
  #waiting = new Map();

  constructor(session, transcript, send) {
    this.#session = session;
    this.#transcript = transcript;
    this.#send = send;
  }

  rate(answer, feedback) {
    const frame = { type: "feedback", message_id: answer.messageId, ...feedback };
    this.#waiting.set(answer.messageId, frame);
    this.#send(frame);
  }

  sendAgain() {
    for (const frame of this.#waiting.values()) this.#send(frame);
  }

  refused() {
    for (const messageId of this.#waiting.keys()) this.#transcript.answer(messageId)?.feedback.failed();
    this.#waiting.clear();
  }

  stored({ message_id: messageId, rating }) {
    if (this.#waiting.get(messageId)?.rating === rating) this.#waiting.delete(messageId);
    const feedback = this.#transcript.answer(messageId)?.feedback;
    feedback?.show(rating);
    feedback?.stored();
  }

  /** Ratings given earlier; the replay does not carry them. */
  async showStored() {
    if (this.#transcript.entries.every((entry) => !entry.metadata)) return;
    try {
      const { messages } = await call("GET", `/api/v1/chat/history/${encodeURIComponent(this.#session)}`);
      for (const { message_id: id, feedback } of messages) {
        if (feedback && !this.#waiting.has(id)) this.#transcript.answer(id)?.feedback.show(feedback);
      }
    } catch {
      // Thumbs stay unpressed; pressing one stores it again.
    }
  }
}
