import { call } from "../shared/calls.js";
import { button, byId, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { groupOf } from "./names.js";
import { Row } from "./row.js";

const AT_ONCE = 50;
const EVERY = 20_000;
const TICK = 10_000;
const TYPED = 250;
const GROUPS = ["mine", "waiting", "colleague", "over"];

/**
 * The list of handoffs, read again whenever something changes. Tells `open(handoff)`, `listed(handoffs)` with all
 * that is open or claimed, and `failed(refused)`, which answers whether it has said so.
 */
export class Queue {
  #tell;
  #state = "waiting";
  #rows = new Map();
  #list = [];
  #hasMore = false;
  #current = null;
  #loading = null;
  #again = false;
  #typed = 0;

  constructor(tell) {
    this.#tell = tell;
    for (const segment of segments()) segment.addEventListener("click", () => this.#choose(segment.dataset.state));
    byId("reason").addEventListener("change", () => this.refresh());
    byId("find").addEventListener("input", () => this.#search());
    this.#begin(new URLSearchParams(location.search));
    setInterval(() => document.hidden || this.refresh(), EVERY);
    setInterval(() => this.#tick(), TICK);
  }

  /** Read the list again; calls while it is being read become one more. */
  refresh() {
    if (this.#loading) this.#again = true;
    else this.#loading = this.#load().finally(() => this.#loaded());
    return this.#loading;
  }

  /** Which conversation stands open beside the list. */
  mark(id) {
    this.#current = id;
    for (const row of this.#rows.values()) row.mark(row.handoff.id === id);
  }

  /** To the next row, or the one before. */
  move(step) {
    const rows = this.#inOrder();
    if (!rows.length) return;
    const focused = rows.findIndex((row) => row.hasFocus);
    const at = focused >= 0 ? focused : rows.findIndex((row) => row.handoff.id === this.#current);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
  }

  /** Where the reader was in the list: the open one, or the first. */
  focus() {
    const rows = this.#inOrder();
    const row = rows.find(({ handoff }) => handoff.id === this.#current) ?? rows[0];
    if (row) row.focus();
    else byId("queue-list").focus();
  }

  #loaded() {
    this.#loading = null;
    if (!this.#again) return;
    this.#again = false;
    this.refresh();
  }

  async #load() {
    const asked = this.#query();
    try {
      const list = await call("GET", `/api/v1/handoffs?${asked}`);
      if (this.#query().toString() !== asked.toString()) return void (this.#again = true);
      this.#list = list;
      this.#hasMore = list.length === AT_ONCE;
      this.#draw();
      this.#tell.listed(await this.#running(asked));
    } catch (refused) {
      if (!this.#tell.failed(refused)) this.showProblem(() => this.refresh());
    }
  }

  /** Everything open or claimed, whatever the reader looks at: for the title and the sounds. */
  #running(asked) {
    const isWhole = this.#state === "waiting" && asked.size === 1;
    return isWhole ? this.#list : call("GET", `/api/v1/handoffs?limit=${AT_ONCE}`);
  }

  #query() {
    const asked = new URLSearchParams({ limit: AT_ONCE });
    if (this.#state !== "waiting") asked.set("state", this.#state);
    if (byId("reason").value) asked.set("reason", byId("reason").value);
    if (byId("find").value.trim()) asked.set("q", byId("find").value.trim());
    return asked;
  }

  /** A link may name what to look at. */
  #begin(asked) {
    if ([...segments()].some(({ dataset }) => dataset.state === asked.get("state"))) this.#press(asked.get("state"));
    if (asked.has("reason")) byId("reason").value = asked.get("reason");
  }

  #choose(state) {
    this.#press(state);
    byId("queue-list").scrollTop = 0;
    this.refresh();
  }

  #press(state) {
    this.#state = state;
    for (const segment of segments()) segment.setAttribute("aria-pressed", String(segment.dataset.state === state));
  }

  #search() {
    clearTimeout(this.#typed);
    this.#typed = setTimeout(() => this.refresh(), TYPED);
  }

  async #more() {
    const asked = this.#query();
    asked.set("before", this.#list.at(-1).id);
    const more = await call("GET", `/api/v1/handoffs?${asked}`);
    this.#list = [...this.#list, ...more];
    this.#hasMore = more.length === AT_ONCE;
    this.#draw();
  }

  #tick() {
    if (document.hidden) return;
    for (const row of this.#rows.values()) row.tick();
  }

  #inOrder() {
    const shown = [...byId("queue-list").querySelectorAll("li")];
    return shown.map((item) => [...this.#rows.values()].find((row) => row.element === item));
  }

  #draw() {
    const focused = this.#inOrder().find((row) => row.hasFocus);
    const before = this.#rows;
    this.#rows = new Map(this.#list.map((handoff) => [handoff.id, this.#rowOf(before, handoff)]));
    byId("queue-list").replaceChildren(...this.#content());
    this.mark(this.#current);
    focused?.focus();
  }

  #rowOf(before, handoff) {
    const row = before.get(handoff.id) ?? new Row(handoff, (chosen) => this.#tell.open(chosen));
    row.fill(handoff);
    return row;
  }

  #content() {
    if (!this.#list.length) return [this.#empty()];
    const groups = GROUPS.map((stand) => [stand, this.#list.filter((each) => groupOf(each) === stand)]);
    const shown = groups.filter(([, members]) => members.length).flatMap(([stand, members]) => [
      element("h2", { class: "group", id: `group-${stand}` }, words(`desk.group.${stand}`), element("span", { class: "muted" }, String(members.length))),
      element("ul", { "aria-labelledby": `group-${stand}` }, members.map((each) => this.#rows.get(each.id).element)),
    ]);
    return this.#hasMore ? [...shown, button(words("desk.queue.more"), () => this.#more(), { class: "button more-rows" })] : shown;
  }

  #empty() {
    const isSought = this.#query().has("q") || this.#query().has("reason");
    const kind = isSought ? "sought" : this.#state;
    const clear = isSought && button(words("desk.queue.clear"), () => this.#clear());
    return element("div", { class: "empty queue-empty" },
      element("strong", {}, words(`desk.empty.${kind}`)), element("p", { class: "muted" }, words(`desk.empty.${kind}.text`)), clear || null);
  }

  #clear() {
    byId("find").value = "";
    byId("reason").value = "";
    byId("find").focus();
    this.refresh();
  }

  /** What was there stays to be read; the next step stands above it. */
  showProblem(retry) {
    byId("queue-list").querySelector(".queue-problem")?.remove();
    const again = button(words("common.retry"), retry);
    const said = words(navigator.onLine ? "desk.queue.failed" : "desk.queue.offline");
    byId("queue-list").querySelector(".queue-skeleton")?.remove();
    byId("queue-list").prepend(element("div", { class: "empty queue-problem notice caution" }, element("p", {}, said), again));
  }
}

const segments = () => document.querySelectorAll(".segment");
