import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { charactersIn } from "./conversation.js";
import { draftOf, keepDraft } from "./drafts.js";

const LONGEST = 4000;
const NEAR_THE_END = 400;
const TYPING_EVERY = 3_000;
const growsByItself = CSS.supports("field-sizing", "content");

/** Where the customer writes. Tells `say(text)`, `person()`, `typing()` now and then, and `stop()`,
 * which says if it was sent. */
export class Composer {
  #session;
  #tell;
  #text = byId("message");
  #counter = byId("counter");
  #send = byId("send");
  #stop = byId("stop");
  #toldAt = 0;

  constructor(session, tell) {
    this.#session = session;
    this.#tell = tell;
    this.#text.value = draftOf(session);
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    byId("composer").addEventListener("submit", (event) => this.#submit(event));
    byId("person").addEventListener("click", () => tell.person());
    this.#stop.addEventListener("click", () => this.#pressStop());
    document.addEventListener("keydown", (event) => this.#catchTyping(event));
    this.#changed();
  }

  /** Put text back to be edited; what stands there already is kept before it. */
  take(text) {
    const before = this.#text.value.trim();
    this.#text.value = before ? `${before}\n${text}` : text;
    this.#changed();
    this.#text.focus();
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.#text.focus({ preventScroll: true });
    else byId("scroller").focus({ preventScroll: true });
  }

  showRunning(isRunning) {
    if (this.#stop.hidden === !isRunning) return;
    const hadFocus = document.activeElement === this.#stop;
    this.#stop.hidden = !isRunning;
    this.#stop.disabled = false;
    if (hadFocus) this.focus();
  }

  /** After a reconnect: a press that was lost on the way may be repeated. */
  allowStop() {
    this.#stop.disabled = false;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || this.#over() > 0) return;
    this.#text.value = "";
    const pressedSend = document.activeElement === this.#send;
    this.#changed();
    if (pressedSend) this.focus();
    this.#tell.say(text);
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    this.#submit(event);
  }

  #pressStop() {
    this.#stop.disabled = this.#tell.stop();
  }

  #typed() {
    this.#changed();
    if (Date.now() - this.#toldAt < TYPING_EVERY) return;
    this.#toldAt = Date.now();
    this.#tell.typing();
  }

  #over() {
    return charactersIn(this.#text.value.trim()) - LONGEST;
  }

  #changed() {
    const over = this.#over();
    this.#counter.textContent = counterText(over);
    this.#text.setAttribute("aria-invalid", String(over > 0));
    this.#send.disabled = over > 0 || !this.#text.value.trim();
    keepDraft(this.#session, this.#text.value);
    if (!growsByItself) this.#grow();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** Whoever starts typing with nothing in focus means to write here. */
  #catchTyping(event) {
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    const nowhere = document.activeElement === document.body || document.activeElement?.id === "scroller";
    if (plain && nowhere && event.key !== " ") this.#text.focus();
  }
}

function counterText(over) {
  if (over > 0) return words("chat.composer.over", { count: over });
  return over > -NEAR_THE_END ? words("chat.composer.left", { count: -over }) : "";
}
