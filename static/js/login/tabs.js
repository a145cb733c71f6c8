import { byId } from "../shared/elements.js";

/** Two tabs over two forms; arrow keys move between them, as screen readers expect. */
export class Tabs {
  #forms;
  #names;

  constructor(forms) {
    this.#forms = forms;
    this.#names = Object.keys(forms);
    for (const name of this.#names) {
      this.#tab(name).addEventListener("click", () => this.choose(name));
      this.#tab(name).addEventListener("keydown", (event) => this.#move(event, name));
    }
    this.choose(location.hash === "#register" ? "register" : "login");
  }

  choose(chosen) {
    for (const name of this.#names) {
      const isChosen = name === chosen;
      this.#tab(name).setAttribute("aria-selected", String(isChosen));
      this.#tab(name).tabIndex = isChosen ? 0 : -1;
      if (isChosen) this.#forms[name].show();
      else this.#forms[name].hide();
    }
  }

  #move(event, name) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = this.#names.at((this.#names.indexOf(name) + step) % this.#names.length);
    this.choose(next);
    this.#tab(next).focus();
  }

  #tab(name) {
    return byId(`tab-${name}`);
  }
}
