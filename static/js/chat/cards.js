import { Card } from "./card.js";

/**
 * The cards of a conversation: each stands under its answer, and its buttons wait while a press has
 * no answer. `tell` is asked to `press(cardId, choice, label)` and `say(text)`, which answer the id
 * the message goes under, and is told of a card that is `shown(card, isNew, isChanged)`.
 */
export class Cards {
  #transcript;
  #tell;
  #cards = new Map();
  #early = new Map();
  #presses = new Map();

  constructor(transcript, tell) {
    this.#transcript = transcript;
    this.#tell = tell;
  }

  /** Draw a card, or keep it until its answer is there. */
  receive(frame) {
    if (typeof frame.card_id !== "string" || !frame.card_id) return;
    if (!this.#cards.has(frame.card_id) && !this.#transcript.isAnswered(frame.turn)) this.#keep(frame);
    else this.#draw(frame);
  }

  /** A press that waits to be sent, from before the page was loaded. */
  restore({ id, card_id: cardId, choice }) {
    if (cardId) this.#presses.set(id, { cardId, key: `choice ${choice}`, turn: null });
  }

  accepted(frame) {
    const press = this.#presses.get(frame.client_message_id);
    if (press) press.turn = frame.turn;
  }

  completed({ turn }) {
    for (const [id, press] of this.#presses) if (press.turn === turn) this.release(id);
    const early = this.#early.get(turn) ?? [];
    this.#early.delete(turn);
    for (const frame of early) this.#draw(frame);
  }

  /** A press is over: answered, refused or taken back. */
  release(id) {
    const press = this.#presses.get(id);
    if (!this.#presses.delete(id)) return;
    this.#cards.get(press.cardId)?.setBusy(this.#busyKey(press.cardId));
  }

  clear() {
    this.#cards.clear();
    this.#early.clear();
  }

  #keep(frame) {
    const others = (this.#early.get(frame.turn) ?? []).filter((each) => each.card_id !== frame.card_id);
    this.#early.set(frame.turn, [...others, frame]);
  }

  #draw(frame) {
    const found = this.#cards.get(frame.card_id);
    const card = found ?? new Card(frame, {
      press: (pressed, choice, label) => this.#press(pressed, `choice ${choice}`, this.#tell.press(pressed.cardId, choice, label)),
      code: (pressed, digits) => this.#press(pressed, "send code", this.#tell.say(digits)),
    });
    const before = card.state;
    card.show(frame);
    if (!found) {
      this.#cards.set(frame.card_id, card);
      this.#transcript.addCard(card);
      card.setBusy(this.#busyKey(card.cardId));
    }
    this.#tell.shown(card, !found, before !== card.state);
  }

  #press(card, key, id) {
    this.#presses.set(id, { cardId: card.cardId, key, turn: null });
  }

  #busyKey(cardId) {
    return [...this.#presses.values()].find((press) => press.cardId === cardId)?.key ?? null;
  }
}
