import { button, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

/** One file on its way into the knowledge base. */
export class JobRow {
  #state = element("span", { class: "job-state" });
  #bar = element("progress", { max: 1 });
  #dismiss;

  constructor(name, dismissed) {
    this.#bar.setAttribute("aria-label", name);
    this.#dismiss = button(icon("close"), () => this.#remove(dismissed), {
      class: "button plain icon-only", "aria-label": words("knowledge.job.dismiss", { name }), hidden: true,
    });
    this.element = element("li", { class: "job" },
      element("strong", {}, name), this.#state, this.#bar, this.#dismiss);
  }

  /** The file itself is under way; `share` is 0..1. */
  showSending(share) {
    this.#show("running", words("knowledge.job.sending"), share);
  }

  showJob({ state, progress, chunks_done: done, chunks_total: total, error, unchanged }) {
    const counted = state === "running" && total ? ` · ${words("knowledge.job.passages", { done, total })}` : "";
    const text = unchanged ? words("knowledge.job.unchanged") : words(`knowledge.job.${state}`) + counted;
    this.#show(state, error ? `${text}: ${error}` : text, state === "queued" ? null : progress);
  }

  showFailed(reason) {
    this.#show("failed", `${words("knowledge.job.failed")}: ${reason}`, 0);
  }

  #show(state, text, share) {
    const isOver = state === "done" || state === "failed";
    this.element.dataset.state = state;
    this.#state.replaceChildren(...(isOver ? [icon(state === "done" ? "check" : "caution")] : []), text);
    if (share === null) this.#bar.removeAttribute("value");
    else this.#bar.value = share;
    this.#bar.hidden = isOver;
    this.#dismiss.hidden = !isOver;
  }

  #remove(dismissed) {
    this.element.remove();
    dismissed();
  }
}
