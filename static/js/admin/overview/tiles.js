import { element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { percentOf } from "../../staff/names.js";
import { costOf, numberOf, timeOf } from "../figures.js";
import { spark } from "../spark.js";

/** Today's figures, each with its last 14 days as a line and in words, and the way to its detail. */
export function tiles({ totals, days }) {
  const today = days.at(-1);
  return TILES.map((tile) => drawn(tile, today, totals, days));
}

function drawn({ key, href, show, line, note }, today, totals, days) {
  const detail = note?.(today);
  return element("div", { class: "tile" },
    element("dt", {}, element("a", { href: href(today) }, words(`admin.tile.${key}`))),
    element("dd", {}, element("strong", {}, show(today)),
      element("span", { class: "muted" }, detail || null), spark(days.map(line)),
      element("span", { class: "muted" }, words("admin.tile.days", { value: show(totals) }))));
}

const TILES = [
  { key: "conversations", href: ({ day }) => `/admin/conversations?from=${day}&to=${day}`, line: (day) => day.conversations,
    show: ({ conversations }) => numberOf(conversations), note: ({ turns }) => words(turns === 1 ? "admin.tile.question" : "admin.tile.questions", { count: numberOf(turns) }) },
  { key: "alone", href: () => "/admin/conversations?escalation=any", line: (day) => day.answered_alone_share,
    show: ({ answered_alone_share: share }) => (share === null ? "–" : percentOf(share)),
    note: ({ answered_alone: alone, outcomes }) => words("admin.tile.of", { count: numberOf(alone), all: numberOf(outcomes.answered) }) },
  { key: "first_token", href: () => "/admin/usage#days-card", line: (day) => day.first_token_ms,
    show: ({ first_token_ms: median }) => timeOf(median), note: ({ first_token_p95_ms: p95 }) => p95 !== null && words("admin.tile.p95", { time: timeOf(p95) }) },
  { key: "cost", href: () => "/admin/usage", line: (day) => day.cost.dollars,
    show: ({ cost }) => costOf(cost).text, note: ({ cost }) => costOf(cost).note },
  { key: "satisfaction", href: () => "/desk/feedback", line: (day) => day.satisfaction.thumbs_up_share,
    show: liked, note: ({ satisfaction: { thumbs_up: up, thumbs_down: down, ratings } }) => words("admin.tile.thumbs", { up, down, ratings }) },
];

/** Thumbs where there are any, else the stars of people's ratings. */
function liked({ satisfaction: { thumbs_up_share: share, average_rating: stars } }) {
  if (share !== null) return percentOf(share);
  return stars === null ? "–" : words("admin.stars", { stars: numberOf(stars) });
}
