import { element, icon } from "../../shared/elements.js";
import { page } from "../../shared/page.js";
import { words } from "../../shared/words.js";
import { bar } from "../../staff/drawing.js";
import { named } from "../../staff/names.js";
import { spanOf } from "../waiting.js";
import { columns } from "./bars.js";

const number = new Intl.NumberFormat(page.language, { maximumFractionDigits: 1 });
const weekday = new Intl.DateTimeFormat(page.language, { weekday: "short", day: "numeric", timeZone: "UTC" });

/** The state of today, each with the way to its list. */
export function tiles({ waiting, oldest_opened_at: oldest, claimed, snoozed, missed_today: missed, median_wait_seconds: median, resolved_today: resolved }) {
  return [
    tile("waiting", number.format(waiting), link("/desk", "open_queue")),
    tile("oldest", oldest ? spanOf(Date.now() - Date.parse(oldest)) : words("desk.overview.nobody")),
    tile("claimed", number.format(claimed)),
    tile("missed", number.format(missed), null, missed > 0),
    tile("median", median === null ? "–" : spanOf(median * 1000)),
    tile("snoozed", number.format(snoozed), link("/desk?state=snoozed", "open_snoozed")),
    tile("resolved", number.format(resolved), link("/desk?state=resolved", "open_resolved")),
  ];
}

function tile(key, text, more = null, isBad = false) {
  return element("div", { class: "tile", "data-level": isBad ? "late" : null },
    element("dt", {}, words(`desk.overview.${key}`)),
    element("dd", {}, element("strong", {}, isBad ? icon("caution") : null, text), more));
}

function link(href, key) {
  return element("a", { href }, words(`desk.overview.${key}`));
}

export function reasonRows(reasons) {
  if (!reasons.length) return element("p", { class: "muted" }, words("desk.overview.no_reasons"));
  const most = Math.max(...reasons.map(({ count }) => count));
  return table("reasons-title", ["reason", "count", "late"], reasons.map(({ reason, count, missed }) => [
    element("a", { href: `/desk?state=resolved&reason=${encodeURIComponent(reason)}` }, named("staff.reason.", reason)), [bar(count / most), number.format(count)], number.format(missed),
  ]));
}

export function ratingRows({ average, count, counts }) {
  if (!count) return element("p", { class: "muted" }, words("desk.overview.no_ratings"));
  const most = Math.max(...Object.values(counts));
  const rows = [5, 4, 3, 2, 1].map((stars) => [String(stars), [bar(counts[stars] / most), number.format(counts[stars])]]);
  return element("div", { class: "ratings" },
    element("p", {}, words("desk.overview.average", { average: number.format(average), count: number.format(count) })),
    table("ratings-title", ["stars", "count"], rows));
}

/** Columns to look at; the same figures as a table for whoever reads. */
export function dayBars(days) {
  const named = days.map((each) => ({ ...each, name: weekday.format(new Date(`${each.day}T00:00:00Z`)) }));
  const read = table("days-title", ["day", "count", "late"], named.map(({ name, count, missed }) => [name, number.format(count), number.format(missed)]));
  const drawn = element("div", { class: "days", tabindex: 0, role: "region", "aria-labelledby": "days-title" }, columns(named));
  return element("div", {}, drawn, element("div", { class: "legend", "aria-hidden": "true" },
    element("span", { class: "legend-count" }, words("desk.overview.count")), element("span", { class: "legend-late" }, words("desk.overview.late"))),
    element("div", { class: "hidden" }, read));
}

function table(label, keys, rows) {
  const head = keys.map((key, at) => element("th", { scope: "col", class: at ? "figure" : null }, words(`desk.overview.${key}`)));
  return element("table", { class: "figures", "aria-labelledby": label },
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows.map(([name, ...cells]) => element("tr", {}, element("th", { scope: "row" }, name), cells.map((cell) => element("td", { class: "figure" }, element("span", {}, cell)))))));
}
