import { button, element, icon } from "../shared/elements.js";
import { timeOf } from "../shared/dates.js";
import { page } from "../shared/page.js";
import { hasWords, words } from "../shared/words.js";
import { decorate, sourcesRow, withoutMarks } from "./citations.js";
import { Feedback } from "./feedback.js";
import { GrowingMarkdown } from "../markdown/markdown.js";
import { openPassage } from "./passage.js";

/** One answer: a progress line first, then growing text, then the whole with its sources. */
export class Answer {
  kind = "assistant";
  at = null;
  text = "";
  metadata = null;
  #tell;
  #from;
  #progress;
  #prose = element("div", { class: "prose" });
  #growing = new GrowingMarkdown(this.#prose, (drawn) => decorate(drawn, null));
  #waiting = false;

  /** `tell` is asked to `rate(answer, feedback)`, `ask(text)` and `person()`. */
  constructor(turn, tell) {
    this.turn = turn;
    this.#tell = tell;
    this.#from = fromLine();
    this.#progress = element("p", { class: "progress" }, dots(), element("span", {}, words("chat.answer.working")));
    this.element = element("article", { class: "message assistant running", "aria-label": words("common.assistant") },
      this.#from, this.#progress, this.#prose);
  }

  showProgress(message) {
    this.#progress.lastChild.textContent = message;
  }

  /** Drawn once per frame of the screen, however fast the words come. */
  write(text) {
    this.text = text;
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => this.#draw());
  }

  complete(frame) {
    this.text = frame.response;
    this.at = new Date(frame.created_at);
    this.metadata = frame.metadata;
    this.messageId = frame.message_id;
    this.feedback = new Feedback((feedback) => this.#tell.rate(this, feedback));
    this.element.classList.remove("running");
    this.element.dataset.messageId = frame.message_id;
    this.element.dataset.outcome = frame.metadata.outcome;
    this.element.replaceChildren(...this.#whole());
  }

  /** Follow-ups belong under the newest answer only. */
  settle() {
    this.element.querySelector(".follow-ups")?.remove();
  }

  #draw() {
    this.#waiting = false;
    if (this.metadata) return;
    this.#growing.show(this.text);
    this.#progress.hidden = this.text !== "";
  }

  #whole() {
    const { sources, escalation, notice, outcome } = this.metadata;
    const open = (source) => openPassage(this.messageId, source);
    const prose = element("div", { class: "prose" });
    new GrowingMarkdown(prose, (drawn) => decorate(drawn, sources, open)).show(this.text);
    return [
      fromLine(badgeOf(this.metadata), this.at),
      escalation === "safety_concern" ? this.#safetyCard(prose) : prose,
      outcome === "cancelled" ? this.#stopped() : null,
      notice === "degraded" ? degraded() : null,
      sources.length ? sourcesRow(sources, open) : null,
      outcome === "failed" ? this.#again() : null,
      ["user_request", "sensitive_topic"].includes(escalation) ? callRow() : null,
      escalation === "low_confidence" ? this.#unsure() : null,
      outcome === "answered" ? this.#actions() : null,
      this.feedback.slot,
      this.#followUps(),
    ].filter(Boolean);
  }

  #safetyCard(prose) {
    this.element.classList.add("is-safety");
    return element("section", { class: "safety", "aria-label": words("chat.safety.title") },
      element("h2", {}, icon("caution"), words("chat.safety.title")), prose,
      element("div", { class: "buttons" }, callLink("button danger"),
        button([icon("person"), words("chat.person")], () => this.#tell.person())));
  }

  #unsure() {
    const person = button([icon("person"), words("chat.person")], () => this.#tell.person());
    const note = element("span", {}, words("chat.answer.unsure"));
    return element("div", { class: "notice caution", role: "note" }, icon("caution"), note, person);
  }

  #stopped() {
    const text = this.text ? "chat.answer.stopped" : "chat.answer.stopped_empty";
    return element("p", { class: "stopped" }, icon("stop"), words(text));
  }

  #again() {
    return element("div", { class: "buttons" }, button(words("chat.answer.again"), () => this.#tell.askAgain(this)));
  }

  #actions() {
    const label = element("span", {}, words("chat.copy"));
    const copy = button([icon("copy"), label], () => this.#copy(label), { class: "action" });
    return element("div", { class: "actions" }, copy, this.feedback.buttons);
  }

  async #copy(label) {
    await copyText(withoutMarks(this.text));
    label.textContent = words("chat.copied");
    setTimeout(() => (label.textContent = words("chat.copy")), 2_000);
  }

  #followUps() {
    const questions = this.metadata.follow_ups;
    if (!questions.length) return null;
    const buttons = questions.map((text) => button(text, () => this.#tell.ask(text), { class: "follow-up" }));
    return element("div", { class: "follow-ups", role: "group", "aria-label": words("chat.answer.follow_ups") }, buttons);
  }
}

/** Who speaks, in plain words; "From the manuals" only over an answer that cites one. */
function badgeOf({ agent, outcome, sources, escalation }) {
  const earned = outcome === "answered" && !escalation && (agent !== "specs" || sources.length > 0);
  return earned && hasWords(`chat.agent.${agent}`) ? words(`chat.agent.${agent}`) : null;
}

function fromLine(badge, at) {
  return element("header", { class: "from" },
    element("span", { class: "avatar", "aria-hidden": "true" }),
    element("strong", {}, words("common.assistant")),
    badge ? element("span", { class: "badge" }, badge) : null,
    at ? element("time", { datetime: at.toISOString() }, timeOf(at)) : null);
}

function dots() {
  return element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
}

function degraded() {
  return element("p", { class: "notice caution" }, icon("caution"), element("span", {}, words("chat.answer.degraded")));
}

function callRow() {
  return element("div", { class: "buttons" }, callLink("button"));
}

export function callLink(className) {
  const { phone } = page.dealer;
  return element("a", { class: className, href: `tel:${phone.replace(/[^\d+]/g, "")}` },
    icon("phone"), words("common.call", { phone }));
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = element("textarea", { class: "hidden" }, text);
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
