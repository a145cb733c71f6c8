import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { CannedMenu } from "./canned_menu.js";
import { standOf } from "./names.js";

const LONGEST = 4000;
const TYPING_EVERY = 3_000;
const growsByItself = CSS.supports("field-sizing", "content");

/** Where staff write, to the customer or to each other. Tells `say(text)`, `note(text)` and `typing()`. */
export class Composer {
  #tell;
  #text = byId("message");
  #form = byId("composer");
  #drafts = new Map();
  #handoff = null;
  #mode = "reply";
  #typedAt = -Infinity;
  #menu;

  constructor(canned, tell) {
    this.#tell = tell;
    this.#menu = new CannedMenu(canned, (text) => this.take(text));
    this.#text.maxLength = LONGEST;
    this.#text.addEventListener("input", () => this.#changed(true));
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("blur", () => this.#menu.close());
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    for (const mode of modes()) mode.addEventListener("click", () => this.write(mode.dataset.mode));
  }

  /** What can be written on this handoff; its draft comes with it. */
  show(handoff) {
    const isOther = handoff.id !== this.#handoff?.id;
    this.#handoff = handoff;
    const stand = standOf(handoff);
    const canReply = stand === "mine" || stand === "waiting";
    modes()[0].disabled = !canReply;
    this.#setMode(canReply && (isOther || this.#mode === "reply") ? "reply" : canReply ? this.#mode : "note");
    if (isOther) this.#restore();
    this.#hint(stand);
  }

  /** Begin to write in this mode. */
  write(mode) {
    if (mode === "reply" && modes()[0].disabled) return;
    this.#keep();
    this.#setMode(mode);
    this.#restore();
    this.#text.focus();
    this.#hint(standOf(this.#handoff));
  }

  /** Put a text where the reply is written, in place of what a menu was asked with. */
  take(text) {
    if (this.#mode !== "reply") this.write("reply");
    const written = this.#text.value.trim();
    this.#text.value = written && !written.startsWith("/") ? `${written}\n${text}` : text;
    this.#text.focus();
    this.#text.setSelectionRange(this.#text.value.length, this.#text.value.length);
    this.#changed(false);
  }

  /** What could not be stored is written again where it was. */
  restore(handoffId, mode, text) {
    this.#drafts.set(`${handoffId} ${mode}`, text);
    if (handoffId === this.#handoff?.id && mode === this.#mode && !this.#text.value) this.#restore();
  }

  #setMode(mode) {
    this.#mode = mode;
    this.#form.dataset.mode = mode;
    for (const each of modes()) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
    byId("message-label").textContent = words(`desk.composer.${mode}.label`);
    this.#text.placeholder = words(`desk.composer.${mode}.placeholder`);
  }

  #hint(stand) {
    const key = this.#mode === "note" ? (stand === "colleague" ? "colleague" : "note") : stand;
    byId("composer-hint").textContent = words(`desk.composer.hint.${key}`, { name: this.#handoff.claimed?.name ?? words("desk.author.staff") });
  }

  #draftKey() {
    return `${this.#handoff.id} ${this.#mode}`;
  }

  #keep() {
    if (this.#handoff) this.#drafts.set(this.#draftKey(), this.#text.value);
  }

  #restore() {
    this.#text.value = this.#drafts.get(this.#draftKey()) ?? "";
    this.#changed(false);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text || !this.#handoff) return;
    this.#text.value = "";
    this.#changed(false);
    this.#text.focus();
    if (this.#mode === "note") this.#tell.note(text);
    else this.#tell.say(text);
  }

  #key(event) {
    if (event.isComposing || this.#menu.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) this.#submit(event);
  }

  #changed(isTyped) {
    this.#keep();
    byId("send").disabled = !this.#text.value.trim();
    const sought = this.#mode === "reply" ? this.#text.value.match(/^\/(\S*)$/)?.[1] : undefined;
    this.#menu.offer(isTyped ? sought : undefined, this.#handoff?.language);
    if (isTyped && this.#mode === "reply" && sought === undefined) this.#sayTyping();
    if (!growsByItself) this.#grow();
  }

  #sayTyping() {
    const now = performance.now();
    if (now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#tell.typing();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}

const modes = () => document.querySelectorAll(".mode");
