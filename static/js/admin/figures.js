import { element } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";

const number = new Intl.NumberFormat(page.language, { maximumFractionDigits: 1 });
const second = new Intl.NumberFormat(page.language, { style: "unit", unit: "second", maximumFractionDigits: 2 });
const millisecond = new Intl.NumberFormat(page.language, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(page.language, { style: "unit", unit: "millisecond", maximumFractionDigits: 1 });
const NONE = "–";
/** Fraction digits of an amount below so many dollars: a call costs millionths. */
const DIGITS = [[0.01, 6], [1, 4], [Infinity, 2]];

export const numberOf = (count) => (count === null ? NONE : number.format(count));

/** "186 ms", "1.24 s". */
export function timeOf(ms) {
  if (ms === null || ms === undefined) return NONE;
  if (ms < 10) return fine.format(ms);
  return ms < 1000 ? millisecond.format(ms) : second.format(ms / 1000);
}

/** "$0.000585"; an amount nobody knows is "unknown", never nothing. */
export function dollarsOf(amount) {
  if (amount === null) return words("admin.cost.unknown");
  const digits = amount ? DIGITS.find(([below]) => amount < below)[1] : 2;
  return new Intl.NumberFormat(page.language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumFractionDigits: digits }).format(amount);
}

/** What calls cost: `text`, and in `note` what the amount does not tell. */
export function costOf(cost) {
  return { text: cost.calls && cost.dollars === null && !cost.unknown_calls ? NONE : dollarsOf(cost.dollars), note: noteOf(cost) };
}

function noteOf(cost) {
  const { calls, offline, unknown_calls: unknown, open_calls: open } = cost;
  if (!calls) return words("admin.cost.no_calls");
  if (offline) return words("admin.cost.offline");
  return [unknown && unknownNote(cost), open && words("admin.cost.open", { count: number.format(open) })].filter(Boolean).join(" · ");
}

function unknownNote({ unknown_calls: count, unknown_at_most_dollars: most, unestimated_calls: unestimated }) {
  const told = { count: number.format(count), amount: most === null ? "" : dollarsOf(most) };
  return words(most === null || unestimated ? "admin.cost.unknown_calls" : "admin.cost.unknown_at_most", told);
}

/** "100 in, 19 out". */
export function tokensOf({ prompt_tokens: prompt, completion_tokens: completion }) {
  return words("admin.tokens", { prompt: numberOf(prompt), completion: numberOf(completion) });
}

/** The cost in a table, and how many calls it leaves out. */
export function costCell(cost) {
  const { text, note } = costOf(cost);
  const { unknown_calls: unknown } = cost;
  return element("span", { title: note }, text, unknown ? element("span", { class: "muted" }, words("admin.cost.and_unknown", { count: number.format(unknown) })) : null);
}
