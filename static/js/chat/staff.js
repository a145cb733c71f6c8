import { timeOf } from "../shared/dates.js";
import { element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

/** What a person at the dealer's says: their name, their initial, plain words. */
export class StaffMessage {
  kind = "staff";

  constructor({ message_id: id, name, message, created_at: at }) {
    this.messageId = id;
    this.name = name;
    this.text = message;
    this.at = new Date(at);
    this.element = element("article", { class: "message staff", "aria-label": words("chat.staff.says", { name }) },
      element("header", { class: "from" },
        element("span", { class: "initial", "aria-hidden": "true" }, [...name][0].toLocaleUpperCase()),
        element("strong", {}, name),
        element("span", { class: "badge" }, words("chat.staff.badge")),
        element("time", { datetime: this.at.toISOString() }, timeOf(this.at))),
      element("div", { class: "bubble" }, message));
  }
}

/** Something that happened, as a line across the transcript. */
export class SystemLine {
  kind = "system";

  constructor(text, at, symbol = "person") {
    this.text = text;
    this.at = new Date(at);
    this.element = element("p", { class: "event" }, element("span", {}, icon(symbol), text));
  }
}
