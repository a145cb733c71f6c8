import { byId } from "../shared/elements.js";

const NEAR = 80;

/** Keeps the end in view while the reader is there; otherwise offers to go there. */
export class Scrolling {
  #box = byId("scroller");
  #pill = byId("new-message");
  #stuck = true;

  constructor() {
    this.#box.addEventListener("scroll", () => this.#look(), { passive: true });
    this.#pill.addEventListener("click", () => this.toEnd());
    const sizes = new ResizeObserver(() => this.#stuck && this.#jump());
    sizes.observe(this.#box);
    sizes.observe(this.#box.firstElementChild);
  }

  /** The reader asked for it: sent a message, or pressed the pill. */
  toEnd() {
    this.#stuck = true;
    this.#pill.hidden = true;
    this.#jump();
  }

  /** Something new stands at the end. */
  announce() {
    this.#pill.hidden = this.#stuck;
  }

  #look() {
    const left = this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
    this.#stuck = left < NEAR;
    if (this.#stuck) this.#pill.hidden = true;
  }

  #jump() {
    this.#box.scrollTop = this.#box.scrollHeight;
  }
}
