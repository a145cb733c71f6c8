import { byId } from "../shared/elements.js";

/** On a narrow screen one pane is seen at a time; on a wide one all of them. */
export class Panes {
  #panes = byId("panes");

  /** `tell.left()`: the reader goes back from the conversation. */
  constructor({ left }) {
    byId("to-queue").addEventListener("click", left);
    byId("to-talk").addEventListener("click", () => this.show("talk"));
    byId("to-context").addEventListener("click", () => this.show(this.shown === "context" ? "talk" : "context"));
  }

  get shown() {
    return this.#panes.dataset.pane;
  }

  show(pane) {
    this.#panes.dataset.pane = pane;
    document.body.dataset.pane = pane;
    const title = { talk: "talk-title", context: "context-title" }[pane];
    if (title) byId(title).focus({ preventScroll: true });
  }
}
