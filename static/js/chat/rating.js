import { call } from "../shared/calls.js";
import { button, element } from "../shared/elements.js";
import { words } from "../shared/words.js";

const STARS = [1, 2, 3, 4, 5];

/** Asked once when a person has settled the matter: how was it? */
export class RatingCard {
  kind = "rating";
  at = null;
  text = "";
  #chosen = 0;
  #comment = element("textarea", { rows: 2, maxlength: 1000, "aria-label": words("chat.rating.comment"), placeholder: words("chat.rating.comment") });
  #note = element("p", { class: "muted", role: "status" });
  #send = button(words("chat.rating.send"), () => this.#rate(), { class: "button primary" });

  constructor(reference) {
    this.reference = reference;
    this.#send.disabled = true;
    const stars = element("div", { class: "stars", role: "radiogroup", "aria-label": words("chat.rating.title") }, STARS.map((star) => this.#star(star)));
    this.element = element("section", { class: "card rating", "aria-label": words("chat.rating.title") },
      element("h2", {}, words("chat.rating.title")), stars, this.#comment, element("div", { class: "buttons" }, this.#send), this.#note);
  }

  #star(star) {
    const input = element("input", { type: "radio", name: `rating-${this.reference}`, value: star });
    input.addEventListener("change", () => {
      this.#chosen = star;
      this.#send.disabled = false;
    });
    return element("label", { class: "reason" }, input, element("span", {}, words(`chat.rating.${star}`)));
  }

  async #rate() {
    this.#send.disabled = true;
    const given = { rating: this.#chosen, comment: this.#comment.value.trim() || null };
    try {
      await call("PUT", `/api/v1/me/handoffs/${this.reference}/rating`, given);
      this.element.replaceChildren(element("p", { role: "status" }, words("chat.rating.thanks")));
    } catch {
      this.#send.disabled = false;
      this.#note.textContent = words("chat.rating.failed");
    }
  }
}
