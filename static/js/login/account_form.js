import { Refused } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { hasWords, words } from "../shared/words.js";

const SHORTEST_PASSWORD = 10;

/** Which field a refusal is about; anything else is said above the button. */
const FIELD_OF = { AccountExists: "email", BadEmail: "email", WeakPassword: "password" };

/** One form: says what is wrong beside the field, keeps what was typed, and sends it. */
export class AccountForm {
  #form;
  #isNew;
  #send;

  constructor(id, send) {
    this.#form = byId(id);
    this.#isNew = id !== "login";
    this.#send = send;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
  }

  show() {
    this.#form.hidden = false;
  }

  hide() {
    this.#form.hidden = true;
  }

  async #submit(event) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(this.#form));
    this.#clear();
    if (this.#refuse(fields)) return;
    this.#busy(true);
    try {
      await this.#send(fields);
    } catch (error) {
      this.#explain(error);
      this.#busy(false);
    }
  }

  /** What can be seen to be wrong without asking; true if there is something. */
  #refuse({ name, email, password }) {
    if (name !== undefined && !name.trim()) this.#say("name", "login.error.name");
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) this.#say("email", "login.error.email");
    if (!password) this.#say("password", "login.error.password_missing");
    else if (this.#isNew && password.length < SHORTEST_PASSWORD) this.#say("password", "login.error.password");
    const wrong = this.#form.querySelector("[aria-invalid=true]");
    wrong?.focus();
    return wrong !== null;
  }

  #explain(error) {
    if (!(error instanceof Refused)) return this.#sayAbove(words("common.unreachable"));
    const field = FIELD_OF[error.code] ?? this.#fieldNamed(error.detail);
    const text = hasWords(`login.error.${error.code}`) ? words(`login.error.${error.code}`) : null;
    if (field) return this.#say(field, `login.error.${error.code === "AccountExists" ? error.code : field}`, true);
    this.#sayAbove(text ?? words("common.failed"));
  }

  /** Refusals of a field begin with its name: `password: …`. */
  #fieldNamed(detail) {
    return ["name", "email", "password"].find((name) => detail.startsWith(`${name}:`));
  }

  #say(name, key, focus = false) {
    const field = this.#form.elements.namedItem(name);
    field.setAttribute("aria-invalid", "true");
    byId(`${field.id}-problem`).textContent = words(key);
    if (focus) field.focus();
  }

  #sayAbove(text) {
    this.#form.querySelector(".form-problem").textContent = text;
  }

  #clear() {
    for (const problem of this.#form.querySelectorAll(".problem")) problem.textContent = "";
    for (const field of this.#form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }

  #busy(isBusy) {
    const submit = this.#form.querySelector("[type=submit]");
    submit.disabled = isBusy;
    submit.setAttribute("aria-busy", String(isBusy));
  }
}
