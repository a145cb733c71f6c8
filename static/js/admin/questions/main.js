import { call } from "../../shared/calls.js";
import { momentOf } from "../../shared/dates.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { named, percentOf } from "../../staff/names.js";
import { plain, readable } from "../../staff/placeholders.js";
import { numberOf } from "../figures.js";
import { attempt, open } from "../opening.js";
import { bindFilters, exportTo, query, showSpan } from "../span.js";
import { table } from "../table.js";

const UNANSWERED = "/api/v1/analytics/unanswered";
const LOW = "/api/v1/analytics/low-rated";
const AT_ONCE = 50;
let low = [];

bindFilters(() => again());
byId("more").addEventListener("click", () => attempt(more));
const again = open(load);

async function load() {
  const [unanswered, rated] = await Promise.all([call("GET", `${UNANSWERED}?limit=100&${query()}`), call("GET", `${LOW}?limit=${AT_ONCE}`)]);
  byId("found").replaceChildren(table("found-title", ASKED, unanswered.questions, words("admin.unanswered.empty")));
  showSpan(unanswered);
  showLow(rated);
  exportTo("export", `${UNANSWERED}?${query({ format: "csv" })}`);
  exportTo("export-low", `${LOW}?format=csv`);
}

async function more() {
  const before = encodeURIComponent(low.at(-1).created_at);
  const older = await call("GET", `${LOW}?limit=${AT_ONCE}&before=${before}`);
  showLow([...low, ...older], older.length);
}

function showLow(rows, added = rows.length) {
  low = rows;
  byId("more").hidden = added < AT_ONCE;
  byId("low").replaceChildren(table("low-title", RATED, low, words("admin.low_rated.empty")));
}

const WHEN = { key: "when", head: words("admin.field.when"), value: (row) => row.created_at, show: (row) => momentOf(new Date(row.created_at)) };
const ASKED = [
  { key: "question", head: words("admin.question"), value: (row) => row.question, show: ({ turn_id: turn, question }) => link(turn, question) },
  { key: "why", head: words("admin.field.why"), value: (row) => row.why, show: ({ why }) => named("admin.why.", why) },
  { key: "count", head: words("admin.field.count"), figure: true, value: (row) => row.count, show: (row) => numberOf(row.count) },
  { key: "confidence", head: words("admin.field.confidence"), figure: true, value: (row) => row.confidence, show: ({ confidence }) => (confidence === null ? "–" : percentOf(confidence)) },
  WHEN,
];
const RATED = [
  { key: "question", head: words("admin.question"), value: (row) => row.question ?? "", show: ({ turn_id: turn, question, answer }) => [link(turn, question ?? words("admin.no_question")), element("span", { class: "muted clipped" }, readable(plain(answer ?? "")))] },
  { key: "kind", head: words("admin.field.why"), value: (row) => row.kind, show: reasonOf },
  { key: "comment", head: words("admin.field.comment"), value: (row) => row.comment ?? "", show: ({ comment }) => readable(comment ?? "–") },
  WHEN,
];

function link(turn, text) {
  return turn ? element("a", { class: "row-link", href: `/admin/turns/${turn}` }, readable(text)) : readable(text);
}

function reasonOf({ kind, reason }) {
  const why = kind === "thumb" && reason ? named("admin.thumb.", reason) : "";
  return [words(`admin.low.${kind}`), why].filter(Boolean).join(": ");
}
