import { element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { nameOf, PLACEHOLDER } from "../staff/placeholders.js";

/** Placeholders as chips that ask for their value, or the value once it was shown. */
export class Masked {
  #ask;
  #values = new Map();

  /** `ask(placeholder)` is called when a chip is pressed. */
  constructor(ask) {
    this.#ask = ask;
  }

  /** Values are forgotten when the conversation is left. */
  clear() {
    this.#values.clear();
  }

  show(placeholder, value) {
    this.#values.set(placeholder, value);
    for (const chip of document.querySelectorAll(".masked")) {
      if (chip.dataset.placeholder === placeholder) chip.replaceWith(this.#shown(placeholder, value));
    }
  }

  /** A text as nodes. */
  nodes(text) {
    const pieces = [];
    let end = 0;
    for (const found of text.matchAll(PLACEHOLDER)) {
      pieces.push(text.slice(end, found.index), this.#nodeOf(found[0]));
      end = found.index + found[0].length;
    }
    return [...pieces, text.slice(end)].filter((piece) => piece !== "");
  }

  /** The placeholders inside what has been drawn. */
  decorate(drawn) {
    const walker = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) if (text.data.includes("<")) text.replaceWith(...this.nodes(text.data));
  }

  #nodeOf(placeholder) {
    const value = this.#values.get(placeholder);
    return value === undefined ? this.#chip(placeholder) : this.#shown(placeholder, value);
  }

  #chip(placeholder) {
    return element("button", {
      type: "button", class: "masked", "data-placeholder": placeholder, onclick: () => this.#ask(placeholder),
      title: words("desk.reveal.title", { what: nameOf(placeholder) }),
    }, icon("lock"), nameOf(placeholder));
  }

  #shown(placeholder, value) {
    return element("span", { class: "revealed", "data-placeholder": placeholder, tabindex: -1, title: nameOf(placeholder) }, value);
  }
}
