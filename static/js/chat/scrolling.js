import { byId } from "../shared/elements.js";

const NEAR = 80;

/** Keeps the end in view while the reader is there; otherwise offers to go there. */
export class Scrolling {
  #box = byId("scroller");
  #pill = byId("new-message");
  #stuck = true;
  #top = 0;

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

  /** Only the reader scrolls up: an answer that grew meanwhile leaves the end in view. */
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    const up = scrollTop < this.#top;
    this.#top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.#stuck = true;
    else if (up) this.#stuck = false;
    if (this.#stuck) this.#pill.hidden = true;
  }

  #jump() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#top = this.#box.scrollTop;
  }
}
