import { element } from "../shared/elements.js";
import { words } from "../shared/words.js";

const DIGITS = 6;

/** Where a one-time code is typed; whole codes go to `send(digits)`. */
export function codeField(id, value, send) {
  const problem = element("p", { class: "problem", id: `${id}-problem`, role: "alert" });
  const input = element("input", {
    id: `${id}-code`, inputmode: "numeric", autocomplete: "one-time-code", autocapitalize: "off", spellcheck: "false",
    "data-key": "code", "aria-describedby": problem.id, value,
  });
  const form = element("form", { class: "card-code", novalidate: true },
    element("label", { for: input.id }, words("chat.card.code.label")),
    element("div", { class: "card-code-row" }, input,
      element("button", { type: "submit", class: "button primary", "data-key": "send code" }, words("chat.card.code.send"))),
    problem);
  const show = (text) => {
    problem.textContent = text;
    input.setAttribute("aria-invalid", String(text !== ""));
  };
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, DIGITS);
    if (digits !== input.value) input.value = digits;
    show("");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    if (input.value.length === DIGITS) return send(input.value);
    show(words("chat.card.code.problem"));
    input.focus();
  });
  return form;
}
