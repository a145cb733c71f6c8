import { element } from "../../shared/elements.js";
import { page } from "../../shared/page.js";
import { words } from "../../shared/words.js";
import { bar } from "../../staff/drawing.js";
import { percentOf } from "../../staff/names.js";
import { costCell, dollarsOf, numberOf, timeOf } from "../figures.js";

const day = new Intl.DateTimeFormat(page.language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(page.language, { month: "long", year: "numeric", timeZone: "UTC" });

/** Answers that were another customer's before, by where they were found. */
export function cacheRows({ totals: { cache, outcomes } }) {
  if (cache.share === null) return element("p", { class: "muted" }, words("admin.cache.nothing"));
  const row = (key, count, share) => element("tr", {}, element("th", { scope: "row" }, words(`admin.cache.${key}`)),
    element("td", { class: "figure" }, element("span", {}, bar(share), `${percentOf(share)} · ${numberOf(count)}`)));
  return element("div", { class: "side-part" },
    element("table", { class: "figures", "aria-labelledby": "cache-title" }, element("tbody", {},
      row("exact", cache.exact, cache.exact_share), row("semantic", cache.semantic, cache.semantic_share),
      row("none", outcomes.answered - cache.exact - cache.semantic, 1 - cache.share))),
    element("p", { class: "hint" }, words("admin.cache.hint")));
}

/** What the month costs if its days go on like the last seven. */
export function forecastRows({ month: named, spent_dollars: spent, daily_average_dollars: daily, days_left: left, dollars, unknown_calls: unknown }) {
  const fact = (key, value) => element("div", {}, element("dt", {}, words(`admin.forecast.${key}`)), element("dd", {}, element("strong", {}, value)));
  return element("div", { class: "side-part" },
    element("dl", { class: "facts" }, fact("month", month.format(Date.parse(`${named}-01T00:00:00Z`))), fact("spent", dollarsOf(spent)),
      fact("daily", dollarsOf(daily)), fact("left", numberOf(left)), fact("whole", dollarsOf(dollars))),
    element("p", { class: "hint" }, words("admin.forecast.hint")),
    unknown ? element("p", { class: "notice caution" }, words("admin.forecast.unknown", { count: numberOf(unknown) })) : null);
}

export function dayColumns() {
  const figure = (key, value, show = (row) => numberOf(value(row))) => ({ key, head: words(`admin.field.${key}`), figure: true, value, show });
  return [
    { key: "day", head: words("admin.field.day"), value: (row) => row.day, show: (row) => day.format(Date.parse(`${row.day}T00:00:00Z`)) },
    figure("conversations", (row) => row.conversations), figure("turns", (row) => row.turns),
    figure("alone", (row) => row.answered_alone_share, ({ answered_alone_share: share }) => (share === null ? "–" : percentOf(share))),
    figure("first_token", (row) => row.first_token_ms, (row) => timeOf(row.first_token_ms)),
    figure("p95", (row) => row.first_token_p95_ms, (row) => timeOf(row.first_token_p95_ms)),
    figure("tokens", ({ cost }) => cost.prompt_tokens + cost.completion_tokens),
    figure("cost", ({ cost }) => cost.dollars, ({ cost }) => costCell(cost)),
  ];
}
