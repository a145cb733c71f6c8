import { call } from "../shared/calls.js";
import { button, byId, element, icon } from "../shared/elements.js";
import { confirmed, openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { languageOf } from "../staff/names.js";
import { problemOf } from "./forms.js";
import { announce } from "./status.js";

const SHORTCUT = /^[a-z0-9-]{1,30}$/;

/** Replies that are sent again and again: `{id, shortcut, language, text}`; the dialog that keeps them. */
export class CannedReplies {
  list = [];

  constructor() {
    byId("canned-form").addEventListener("submit", (event) => this.#add(event));
  }

  async load() {
    this.list = await call("GET", "/api/v1/canned-replies");
    this.#draw();
  }

  async open() {
    tell("");
    openSheet(byId("canned"));
    byId("canned-title").focus();
    try {
      await this.load();
    } catch (refused) {
      tell(problemOf(refused));
    }
  }

  /** Those a word finds, of this language first. */
  matching(sought, language) {
    const word = sought.toLowerCase();
    const found = this.list.filter(({ shortcut, text }) => shortcut.includes(word) || text.toLowerCase().includes(word));
    const rank = (each) => (each.language === language ? 0 : 2) + (each.shortcut.startsWith(word) ? 0 : 1);
    return found.sort((one, other) => rank(one) - rank(other) || one.shortcut.localeCompare(other.shortcut));
  }

  #draw() {
    if (!this.list.length) return byId("canned-list").replaceChildren(element("p", { class: "muted" }, words("desk.canned.empty")));
    byId("canned-list").replaceChildren(element("ul", { class: "canned-list" }, this.matching("", "").map((each) => this.#entry(each))));
  }

  #entry(reply) {
    const remove = button(icon("delete"), () => this.#remove(reply), {
      class: "button plain icon-only", "aria-label": words("desk.canned.delete_named", { shortcut: reply.shortcut }),
    });
    return element("li", {}, element("div", {}, element("strong", {}, `/${reply.shortcut}`), " ", element("span", { class: "muted" }, languageOf(reply)),
      element("p", {}, reply.text)), remove);
  }

  async #add(event) {
    event.preventDefault();
    const { shortcut, language, text } = Object.fromEntries(new FormData(event.target));
    const wish = { shortcut: shortcut.trim().replace(/^\//, "").toLowerCase(), language, text: text.trim() };
    if (!SHORTCUT.test(wish.shortcut)) return missing("canned-shortcut", "desk.canned.shortcut.problem");
    if (!wish.text) return missing("canned-words", "desk.canned.words.problem");
    const done = await attempt(() => call("POST", "/api/v1/canned-replies", wish));
    if (!done) return;
    event.target.reset();
    byId("canned-shortcut").focus();
    announce(words("desk.canned.added", wish));
    await attempt(() => this.load());
  }

  async #remove(reply) {
    const question = { title: words("desk.canned.delete_named", reply), text: reply.text, yes: words("desk.canned.delete") };
    if (!(await confirmed(question))) return;
    if (!(await attempt(() => call("DELETE", `/api/v1/canned-replies/${reply.id}`)))) return;
    await attempt(() => this.load());
    byId("canned-title").focus();
  }
}

async function attempt(work) {
  tell("");
  try {
    await work();
    return true;
  } catch (refused) {
    tell(problemOf(refused));
    return false;
  }
}

function missing(field, key) {
  tell(words(key));
  byId(field).focus();
}

function tell(problem) {
  byId("canned-problem").textContent = problem;
}
