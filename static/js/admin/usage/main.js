import { call } from "../../shared/calls.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { agentOf, named, percentOf } from "../../staff/names.js";
import { stacked } from "../chart.js";
import { costCell, costOf, dollarsOf, numberOf, timeOf, tokensOf } from "../figures.js";
import { open } from "../opening.js";
import { bindFilters, exportTo, query, showSpan } from "../span.js";
import { table } from "../table.js";
import { cacheRows, dayColumns, forecastRows } from "./parts.js";

const FIGURES = "/api/v1/analytics";
const USAGE = "/api/v1/analytics/usage";
let told = null;

bindFilters(() => again());
byId("choice").addEventListener("change", draw);
const again = open(load);

async function load() {
  const [figures, usage] = await Promise.all([call("GET", `${FIGURES}?${query()}`), call("GET", `${USAGE}?${query()}`)]);
  told = { figures, usage };
  showSpan(figures);
  byId("admin").hidden = false;
  byId("totals").replaceChildren(...totals(figures.totals));
  draw();
  byId("cache").replaceChildren(cacheRows(figures));
  byId("forecast").replaceChildren(forecastRows(usage.forecast));
  for (const [id, name] of [["models", (row) => row.model], ["agents", (row) => agentOf(row.agent)], ["purposes", (row) => named("admin.purpose.", row.purpose)]]) {
    byId(id).replaceChildren(table(`${id}-title`, groupColumns(id, name), usage[id], words("admin.usage.none")));
  }
  byId("days").replaceChildren(table("days-title", dayColumns(), figures.days.toReversed(), words("admin.usage.none")));
  exportTo("export-days", `${FIGURES}?${query({ format: "csv" })}`);
  exportTo("export-usage", `${USAGE}?${query({ format: "csv" })}`);
}

function totals({ turns, cost, first_token_ms: median, first_token_p95_ms: p95, cache }) {
  const { text, note } = costOf(cost);
  const tile = (key, value, more = "") => element("div", { class: "tile" }, element("dt", {}, words(`admin.total.${key}`)),
    element("dd", {}, element("strong", {}, value), element("span", { class: "muted" }, more)));
  return [
    tile("cost", text, note), tile("tokens", numberOf(tokens(cost)), tokensOf(cost)),
    tile("turns", numberOf(turns)), tile("calls", numberOf(cost.calls)), tile("first_token", timeOf(median), p95 === null ? "" : words("admin.tile.p95", { time: timeOf(p95) })),
    tile("cache", cache.share === null ? "–" : percentOf(cache.share)),
  ];
}

/** By model or agent, in dollars or tokens. */
function draw() {
  const { by, measure } = Object.fromEntries(new FormData(byId("choice")));
  const days = told.figures.days.map(({ day }) => day);
  const rows = told.usage[`days_by_${by}`];
  const names = [...new Set(told.usage[`${by}s`].map((row) => row[by]))];
  const value = measure === "dollars" ? (row) => row.dollars : tokens;
  const series = names.map((name) => ({ name: by === "agent" ? agentOf(name) : name, values: onDays(days, rows.filter((row) => row[by] === name), value) }));
  if (!series.length) return byId("chart").replaceChildren(element("p", { class: "muted" }, words("admin.usage.none")));
  return stacked(byId("chart"), days, series, measure === "dollars" ? dollarsOf : numberOf);
}

/** 0 on a day without a call; null, "unknown", where none of its calls has a known cost. */
function onDays(days, rows, value) {
  const known = new Map(rows.map((row) => [row.day, value(row)]));
  return days.map((day) => (known.has(day) ? known.get(day) : 0));
}

function groupColumns(id, name) {
  return [
    { key: "name", head: words(`admin.usage.${id}`), value: name, show: name },
    { key: "calls", head: words("admin.field.calls"), figure: true, value: (row) => row.calls, show: (row) => numberOf(row.calls) },
    { key: "tokens", head: words("admin.field.tokens"), figure: true, value: tokens, show: (row) => element("span", { title: tokensOf(row) }, numberOf(tokens(row))) },
    { key: "cost", head: words("admin.field.cost"), figure: true, value: (row) => row.dollars, show: costCell },
  ];
}

function tokens({ prompt_tokens: prompt, completion_tokens: completion }) {
  return prompt + completion;
}
