import { element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import {
  choicesOf, factsOf, groupOf, isKnownSeverity, isKnownState, kindIcon, listOf, sectionOf, severityLine, stateLine, textOf,
} from "./card_parts.js";
import { codeField } from "./code_field.js";

let made = 0;

/** One card, drawn from its fields whatever its kind; drawn anew where it stands when it changes. */
export class Card {
  kind = "card";
  at = null;
  state = null;
  #id = `card-${(made += 1)}`;
  #tell;
  #frame = {};
  #busy = null;

  /** `tell` is asked to `press(card, choice, label)` and `code(card, digits)`. */
  constructor(frame, tell) {
    this.cardId = frame.card_id;
    this.turn = frame.turn;
    this.madeAt = textOf(frame.created_at);
    this.#tell = tell;
    this.element = element("section", { class: "chat-card", tabindex: -1, "aria-labelledby": `${this.#id}-title` });
  }

  get title() {
    return textOf(this.#frame.title) || words("chat.card.untitled");
  }

  /** One line for the ear: what it is, and what became of it. */
  get summary() {
    return isKnownState(this.state) ? `${this.title}: ${words(`chat.card.state.${this.state}`)}` : this.title;
  }

  /** All that can be read on it. */
  get text() {
    const facts = listOf(this.#frame.facts).map(({ label, value }) => `${textOf(label)}: ${textOf(value)}`);
    const sections = listOf(this.#frame.sections).flatMap(({ title, items }) =>
      [textOf(title), ...(Array.isArray(items) ? items.map((item) => `- ${textOf(item)}`) : [])]);
    return [this.summary, ...facts, ...sections, textOf(this.#frame.note)].filter(Boolean).join("\n");
  }

  show(frame) {
    this.#frame = frame;
    this.state = textOf(frame.state);
    const { dataset } = this.element;
    dataset.kind = textOf(frame.kind);
    dataset.state = this.state;
    dataset.severity = isKnownSeverity(frame.severity) ? frame.severity : "";
    const focused = this.#focusedKey();
    const content = this.#content();
    this.element.replaceChildren(...content);
    this.setBusy(this.#busy);
    if (focused !== null) this.#focusOn(focused);
  }

  /** What was pressed and has no answer yet, or null: its buttons wait, and keep the focus they have. */
  setBusy(key) {
    this.#busy = key;
    for (const each of this.element.querySelectorAll("button[data-key]")) {
      set(each, "aria-disabled", key !== null);
      set(each, "aria-busy", key === each.dataset.key);
    }
    const form = this.element.querySelector(".card-code");
    if (!form) return;
    set(form, "aria-busy", key !== null);
    form.querySelector("input").readOnly = key !== null;
  }

  #content() {
    const heading = element("h2", { id: `${this.#id}-title` }, kindIcon(this.#frame.kind), element("span", {}, this.title));
    const state = stateLine(this.state);
    const body = this.#body().filter(Boolean);
    if (this.state !== "replaced") {
      const first = this.#frame.severity === "stop" ? [severityLine("stop"), heading] : [heading, severityLine(this.#frame.severity)];
      return [...first, state, ...body].filter(Boolean);
    }
    const open = this.element.querySelector("details")?.open ?? false;
    return [element("details", { open }, element("summary", { "data-key": "fold" }, heading, state), ...body)];
  }

  #body() {
    const { facts, sections, groups, choices, note, input } = this.#frame;
    const isOpen = this.state === "open";
    const press = isOpen ? (pressed, choice, label) => this.#press(pressed, choice, label) : null;
    const buttons = isOpen ? choicesOf(choices, press) : [];
    return [
      factsOf(facts),
      listing("card-sections", listOf(sections).map((each, n) => sectionOf(each, `${this.#id}-section-${n}`, press))),
      isOpen ? listing("card-groups", listOf(groups).map((each, n) => groupOf(each, `${this.#id}-group-${n}`, press))) : null,
      textOf(note) ? element("p", { class: "card-note" }, textOf(note)) : null,
      isOpen && input === "code" ? this.#codeField() : null,
      buttons.length ? element("div", { class: "buttons card-choices" }, buttons) : null,
    ];
  }

  #codeField() {
    const typed = this.element.querySelector(".card-code input")?.value ?? "";
    return codeField(this.#id, typed, (digits) => {
      this.setBusy("send code");
      this.element.querySelector(".card-code input").value = "";
      this.#tell.code(this, digits);
    });
  }

  #press(pressed, choice, label) {
    if (this.#busy !== null) return;
    this.setBusy(pressed.dataset.key);
    this.#tell.press(this, choice, label);
  }

  #focusedKey() {
    const focused = document.activeElement;
    return this.element.contains(focused) ? (focused.dataset.key ?? "") : null;
  }

  /** Back to what had the focus; to the card itself where that is gone. */
  #focusOn(key) {
    const same = [...this.element.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
    (same ?? this.element).focus({ preventScroll: true });
  }
}

function listing(className, entries) {
  const shown = entries.filter((each) => each?.hasChildNodes());
  return shown.length ? element("ul", { class: className }, shown) : null;
}

function set(each, name, isSet) {
  if (isSet) each.setAttribute(name, "true");
  else each.removeAttribute(name);
}
