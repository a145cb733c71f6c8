import { byId, element } from "../shared/elements.js";
import { words } from "../shared/words.js";

const SHOWN = 8;

/** The list that `/` opens above the composer: a listbox that the text field controls. */
export class CannedMenu {
  #canned;
  #take;
  #list = byId("canned-menu");
  #field = byId("message");
  #found = [];
  #at = 0;

  constructor(canned, take) {
    this.#canned = canned;
    this.#take = take;
  }

  /** What a word after the slash finds; closed for undefined. */
  offer(sought, language) {
    if (sought === undefined) return this.close();
    this.#found = this.#canned.matching(sought, language).slice(0, SHOWN);
    this.#at = 0;
    this.#draw();
  }

  close() {
    this.#found = [];
    this.#list.hidden = true;
    this.#field.setAttribute("aria-expanded", "false");
    this.#field.removeAttribute("aria-activedescendant");
  }

  /** True for a key that was the menu's. */
  key(event) {
    if (this.#list.hidden) return false;
    if (event.key === "Escape") return this.#mine(event, () => this.close());
    if (!this.#found.length) return false;
    if (event.key === "ArrowDown") return this.#mine(event, () => this.#to(this.#at + 1));
    if (event.key === "ArrowUp") return this.#mine(event, () => this.#to(this.#at - 1));
    if (event.key === "Enter" || event.key === "Tab") return this.#mine(event, () => this.#choose(this.#at));
    return false;
  }

  #mine(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
    return true;
  }

  #to(at) {
    this.#at = (at + this.#found.length) % this.#found.length;
    this.#mark();
  }

  #choose(at) {
    const { text } = this.#found[at];
    this.close();
    this.#take(text);
  }

  #draw() {
    const none = element("li", { class: "muted", role: "option", "aria-disabled": "true", "aria-selected": "false" },
      words(this.#canned.list.length ? "desk.canned.none_found" : "desk.canned.empty"));
    const options = this.#found.map((reply, at) => this.#option(reply, at));
    this.#list.replaceChildren(...(options.length ? options : [none]));
    this.#list.hidden = false;
    this.#field.setAttribute("aria-expanded", "true");
    this.#mark();
  }

  #option({ shortcut, text }, at) {
    const option = element("li", { role: "option", id: `canned-${at}` }, element("strong", {}, `/${shortcut}`), " ", element("span", {}, text));
    option.addEventListener("pointerdown", (event) => this.#mine(event, () => this.#choose(at)));
    return option;
  }

  #mark() {
    [...this.#list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#at && this.#found.length > 0)));
    if (!this.#found.length) return this.#field.removeAttribute("aria-activedescendant");
    this.#field.setAttribute("aria-activedescendant", `canned-${this.#at}`);
    this.#list.children[this.#at].scrollIntoView({ block: "nearest" });
  }
}
