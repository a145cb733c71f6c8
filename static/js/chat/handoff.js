import { momentOf } from "../shared/dates.js";
import { byId, element, icon } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";
import { RatingCard } from "./rating.js";
import { StaffMessage, SystemLine } from "./staff.js";

const TYPING_SHOWN = 4_000;

/**
 * The conversation with a person: waiting, joined, left, over. `tell` is asked to `say(text)`,
 * `heard(text)` for what a screen reader should hear, and `news()`.
 */
export class Handoff {
  state = null;
  #transcript;
  #tell;
  #banner = byId("handoff");
  #who = byId("who-answers");
  #typing = byId("typing");
  #timer = 0;

  constructor(transcript, tell) {
    this.#transcript = transcript;
    this.#tell = tell;
  }

  get isClaimed() {
    return this.state?.state === "claimed";
  }

  get isWaiting() {
    return this.state?.state === "open";
  }

  /** What the first frame says: the newest handoff, if there is one. */
  greet(state) {
    this.#show(state);
  }

  /** The transcript is whole: a question about it may stand under it. */
  settled() {
    if (this.state?.state === "resolved" && this.state.rate) this.#askRating(this.state.reference);
  }

  /** A frame that is stored, or without `seq` one that tells a new place in the queue. */
  changed(frame, isReplay) {
    if (frame.seq === undefined) return this.#moved(frame);
    const text = lineOf(frame);
    if (text) this.#transcript.addLine(new SystemLine(text, frame.created_at, frame.state === "resolved" ? "check" : "person"));
    if (isReplay) return;
    if (text) this.#tell.heard(text);
    this.#show(frame);
    this.settled();
  }

  participated({ state, name, created_at: at, reference }, isReplay) {
    const text = words(`chat.staff.${state}`, { name });
    this.#transcript.addLine(new SystemLine(text, at));
    if (isReplay) return;
    this.#tell.heard(text);
    this.#show(state === "joined" ? { state: "claimed", name, reference } : { ...this.state, state: "open", position: null });
  }

  said(frame, isReplay) {
    this.#transcript.addLine(new StaffMessage(frame));
    this.#hideTyping();
    if (!isReplay) this.#tell.heard(words("chat.staff.said", { name: frame.name, text: frame.message }));
  }

  typing({ who, name }) {
    if (who !== "staff") return;
    this.#typing.textContent = words("chat.staff.typing", { name });
    this.#typing.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hideTyping(), TYPING_SHOWN);
  }

  cleared() {
    this.#show(null);
  }

  #hideTyping() {
    this.#typing.hidden = true;
  }

  #moved({ reference, position }) {
    if (this.state?.reference === reference && this.isWaiting) this.#show({ ...this.state, position });
  }

  #show(state) {
    this.state = state;
    const isOpen = this.isWaiting || this.isClaimed;
    this.#who.textContent = this.isClaimed ? state.name : words("common.assistant");
    byId("person").hidden = isOpen;
    this.#banner.hidden = !isOpen;
    this.#banner.dataset.state = state?.state ?? "";
    this.#banner.replaceChildren(...(isOpen ? this.#told(state) : []));
  }

  #told(state) {
    if (this.isClaimed) {
      const talking = words("chat.handoff.claimed", { name: state.name });
      return [icon("person"), element("p", {}, element("strong", {}, talking), reference(state))];
    }
    const expected = element("p", {}, element("strong", {}, waitingText(state)), reference(state));
    return [icon("clock"), expected, ...(state.after_hours ? this.#callback() : [])];
  }

  /** Where to call back; it is sent as a message, so that it takes the way of every message. */
  #callback() {
    const field = element("input", { id: "callback", type: "text", autocomplete: "tel", maxlength: 200, required: true });
    const form = element("form", { class: "callback", hidden: true },
      element("label", { for: "callback" }, words("chat.handoff.callback")), field,
      element("button", { class: "button", type: "submit" }, words("chat.handoff.callback.send")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const to = field.value.trim();
      if (!to) return;
      this.#tell.say(words("chat.handoff.callback.message", { to }));
      form.replaceWith(element("p", { class: "muted" }, words("chat.handoff.callback.sent")));
    });
    const offer = element("button", { class: "button", type: "button" }, words("chat.handoff.callback.offer"));
    offer.addEventListener("click", () => {
      offer.remove();
      form.hidden = false;
      field.focus();
    });
    return [offer, form];
  }

  #askRating(wanted) {
    if (this.#transcript.entries.some((entry) => entry.kind === "rating" && entry.reference === wanted)) return;
    this.#transcript.addLine(new RatingCard(wanted));
    this.#tell.news();
  }
}

function reference({ reference: shown }) {
  return element("span", { class: "muted" }, words("chat.handoff.reference", { reference: shown }));
}

function waitingText({ position, after_hours: isLate, opens_at: opensAt, expected_minutes: minutes }) {
  if (isLate) return opensAt ? words("chat.handoff.closed_until", { when: momentOf(new Date(opensAt)) }) : words("chat.handoff.closed");
  const place = position ? words(position === 1 ? "chat.handoff.next" : "chat.handoff.position", { position }) : words("chat.handoff.waiting");
  return minutes ? `${place} ${words("chat.handoff.expected", { minutes })}` : place;
}

function lineOf({ state, outcome, reference: shown, name }) {
  if (state === "open") return words("chat.handoff.opened", { reference: shown });
  if (state === "expired") return words("chat.handoff.expired", { phone: page.dealer.phone });
  if (outcome === "returned") return words("chat.handoff.returned", { name: name ?? "" });
  return state === "resolved" ? words("chat.handoff.resolved", { reference: shown }) : "";
}
