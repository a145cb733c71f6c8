import { button, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

const REASONS = ["wrong", "outdated", "not_understood", "unsafe", "too_slow", "other"];
const LONGEST_COMMENT = 1000;

/** Thumbs under one answer, with a reason for the lower one; both may be changed later. */
export class Feedback {
  #send;
  #up;
  #down;
  #form = null;
  #last = {};
  #note = element("p", { class: "feedback-note", role: "status" });
  #slot = element("div", { class: "feedback" });

  constructor(send) {
    this.#send = send;
    this.#up = thumb("up", () => this.#rateUp());
    this.#down = thumb("down", () => this.#rateDown());
    this.#slot.append(this.#note);
  }

  get buttons() {
    return [this.#up, this.#down];
  }

  get slot() {
    return this.#slot;
  }

  /** What is stored, or about to be. */
  show(rating) {
    if (this.#last.rating !== rating) this.#last = { rating };
    this.#up.setAttribute("aria-pressed", String(rating === "up"));
    this.#down.setAttribute("aria-pressed", String(rating === "down"));
  }

  stored() {
    this.#note.textContent = words("chat.feedback.thanks");
  }

  failed() {
    this.#note.textContent = words("chat.feedback.failed");
  }

  #rateUp() {
    this.#closeForm();
    this.#rate({ rating: "up" });
  }

  #rateDown() {
    if (this.#form) return this.#closeForm();
    if (this.#last.rating !== "down") this.#rate({ rating: "down" });
    this.#form = this.#makeForm(this.#last);
    this.#slot.prepend(this.#form);
    (this.#form.querySelector("input:checked") ?? this.#form.querySelector("input")).focus({ preventScroll: true });
    this.#form.scrollIntoView({ block: "nearest" });
  }

  #rate(feedback) {
    this.#note.textContent = "";
    this.show(feedback.rating);
    this.#last = feedback;
    this.#send(feedback);
  }

  #makeForm(last) {
    const name = `reason-${Math.random().toString(36).slice(2)}`;
    const chips = REASONS.map((reason) =>
      element("label", { class: "reason" },
        element("input", { type: "radio", name, value: reason, checked: last.reason === reason }), element("span", {}, words(`chat.feedback.${reason}`))),
    );
    const comment = element("textarea", {
      rows: 2, maxlength: LONGEST_COMMENT, "aria-label": words("chat.feedback.comment"),
      placeholder: words("chat.feedback.comment"),
    }, last.comment ?? "");
    const form = element("form", { class: "feedback-form" },
      element("fieldset", {}, element("legend", {}, words("chat.feedback.title")), element("div", { class: "reasons" }, chips)),
      comment,
      element("div", { class: "buttons" },
        element("button", { type: "submit", class: "button primary" }, words("chat.feedback.send")),
        button(words("common.cancel"), () => this.#closeForm())));
    form.addEventListener("submit", (event) => this.#submit(event, form, comment));
    return form;
  }

  #submit(event, form, comment) {
    event.preventDefault();
    const reason = form.querySelector("input:checked")?.value;
    this.#rate({
      rating: "down",
      ...(reason ? { reason } : {}),
      ...(comment.value.trim() ? { comment: comment.value.trim() } : {}),
    });
    this.#closeForm();
  }

  #closeForm() {
    if (!this.#form) return;
    const inside = this.#form.contains(document.activeElement);
    this.#form.remove();
    this.#form = null;
    if (inside) this.#down.focus({ preventScroll: true });
  }
}

function thumb(rating, onclick) {
  const label = words(`chat.feedback.${rating}`);
  const text = rating === "down" ? [icon(rating), label] : [icon(rating)];
  return button(text, onclick, {
    class: "action", "aria-pressed": "false", "aria-label": rating === "up" ? label : null, title: label,
  });
}
