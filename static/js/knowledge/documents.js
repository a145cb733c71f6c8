import { call, Refused } from "../shared/calls.js";
import { dateOf } from "../shared/dates.js";
import { button, byId, element, icon } from "../shared/elements.js";
import { confirmed } from "../shared/sheets.js";
import { hasWords, words } from "../shared/words.js";

const AT_ONCE = 100;

/** The list of documents: find, show more, delete. */
export class Documents {
  #tell;
  #documents = [];
  #wanted = AT_ONCE;
  #hasMore = false;

  constructor(tell) {
    this.#tell = tell;
    byId("find").addEventListener("input", () => this.#draw());
  }

  async load() {
    const loaded = [];
    while (loaded.length < this.#wanted) {
      const some = await call("GET", `/api/v1/documents?limit=${AT_ONCE}&offset=${loaded.length}`);
      loaded.push(...some);
      this.#hasMore = some.length === AT_ONCE;
      if (!this.#hasMore) break;
    }
    this.#documents = loaded;
    this.#draw();
  }

  showProblem() {
    const again = button(words("common.retry"), () => this.#tell.changed());
    byId("list").replaceChildren(element("div", { class: "empty" }, element("p", {}, words("common.unreachable")), again));
  }

  #draw() {
    const sought = byId("find").value.trim().toLowerCase();
    const found = this.#documents.filter((each) => textOf(each).includes(sought));
    byId("find").parentElement.hidden = this.#documents.length === 0;
    byId("list").replaceChildren(...this.#contentOf(found));
  }

  #contentOf(found) {
    if (!this.#documents.length) return [note("knowledge.list.empty")];
    if (!found.length) return [note("knowledge.list.none_found")];
    const table = element("div", { class: "table", tabindex: 0, role: "region", "aria-labelledby": "list-title" },
      element("table", {}, head(), element("tbody", {}, found.map((each) => this.#row(each)))));
    return this.#hasMore ? [table, button(words("knowledge.list.more"), () => this.#more())] : [table];
  }

  #row(document) {
    const remove = button([icon("delete"), element("span", {}, words("knowledge.list.delete"))], () => this.#delete(document),
      { class: "button plain", "aria-label": words("knowledge.list.delete_named", { title: document.title }) });
    return element("tr", {},
      element("th", { scope: "row" }, element("strong", {}, document.title), element("span", { class: "muted" }, document.source_name)),
      element("td", {}, typeOf(document)),
      element("td", {}, vehicleOf(document)),
      figure("list.pages", document.pages),
      figure("stats.passages", document.chunks),
      figure("list.version", document.version),
      element("td", {}, dateOf(new Date(document.created_at))),
      element("td", { class: "figure" }, remove));
  }

  async #more() {
    this.#wanted += AT_ONCE;
    await this.#tell.changed();
  }

  async #delete(document) {
    const { title } = document;
    const question = {
      title: words("knowledge.delete.title"), text: words("knowledge.delete.text", { title }),
      yes: words("knowledge.list.delete"),
    };
    if (!(await confirmed(question))) return;
    try {
      await call("DELETE", `/api/v1/documents/${encodeURIComponent(document.id)}`);
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.status !== 404) return this.#tell.denied(refused);
    }
    byId("status").textContent = words("knowledge.delete.done", { title });
    await this.#tell.changed();
    byId("list-title").scrollIntoView({ block: "nearest" });
  }
}

function head() {
  const columns = ["field.title", "field.type", "list.vehicle", "list.pages", "stats.passages", "list.version", "list.added"];
  const figures = new Set(["list.pages", "stats.passages", "list.version"]);
  const cells = columns.map((key) =>
    element("th", { scope: "col", class: figures.has(key) && "figure" }, words(`knowledge.${key}`)));
  return element("thead", {}, element("tr", {}, cells,
    element("th", { scope: "col" }, element("span", { class: "hidden" }, words("knowledge.list.actions")))));
}

function figure(key, count) {
  return element("td", { class: "figure", "data-label": words(`knowledge.${key}`) }, String(count));
}

function typeOf({ type }) {
  return hasWords(`knowledge.type.${type}`) ? words(`knowledge.type.${type}`) : type;
}

function vehicleOf({ model, year, market, language }) {
  const vehicle = [model, year].filter(Boolean).join(" ") || words("knowledge.list.every_vehicle");
  return [vehicle, market, language].filter(Boolean).join(" · ");
}

function textOf(document) {
  return [document.title, document.source_name, document.model, document.year, typeOf(document)].join(" ").toLowerCase();
}

function note(key) {
  return element("p", { class: "muted" }, words(key));
}
