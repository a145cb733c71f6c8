import { call } from "../../shared/calls.js";
import { momentOf } from "../../shared/dates.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { agentOf, named, percentOf } from "../../staff/names.js";
import { dollarsOf, numberOf, timeOf } from "../figures.js";
import { open } from "../opening.js";
import { table } from "../table.js";
import { facts, said } from "../turn_parts.js";
import { waterfall } from "../waterfall.js";

open(load);

async function load() {
  const id = encodeURIComponent(location.pathname.split("/").at(-1));
  const turn = await call("GET", `/api/v1/analytics/turns/${id}`);
  byId("back").href = `/admin/conversations/${turn.conversation_id}`;
  byId("said").replaceChildren(said(turn), facts(turn));
  byId("timeline").replaceChildren(waterfall(turn));
  byId("calls").replaceChildren(table("calls-title", CALLS, turn.calls, words("admin.cost.no_calls")));
  byId("sources").replaceChildren(sourceList(turn.sources));
  byId("verdicts").replaceChildren(table("verdicts-title", VERDICTS, turn.verdicts, words("admin.verdicts.none")));
  byId("ids").replaceChildren(ids(turn));
}

const CALLS = [
  { key: "purpose", head: words("admin.field.purpose"), show: (row) => named("admin.purpose.", row.purpose) },
  { key: "model", head: words("admin.field.model"), show: (row) => row.model },
  { key: "agent", head: words("admin.field.agent"), show: (row) => (row.agent ? agentOf(row.agent) : "–") },
  { key: "outcome", head: words("admin.field.outcome"), show: (row) => named("admin.outcome.", row.outcome) },
  { key: "prompt", head: words("admin.field.prompt"), figure: true, show: (row) => numberOf(row.prompt_tokens) },
  { key: "completion", head: words("admin.field.completion"), figure: true, show: (row) => numberOf(row.completion_tokens) },
  { key: "first_token", head: words("admin.field.first_token"), figure: true, show: (row) => timeOf(row.first_token_ms) },
  { key: "took", head: words("admin.field.took"), figure: true, show: (row) => timeOf(row.duration_ms) },
  { key: "cost", head: words("admin.field.cost"), figure: true, show: priceOf },
];

function priceOf({ dollars, at_most_dollars: most, outcome, price_version: list }) {
  if (dollars === null && outcome === "open") return words("admin.outcome.open");
  if (dollars === null && most !== null) return words("admin.cost.at_most", { amount: dollarsOf(most) });
  return element("span", { title: list === "offline" ? words("admin.cost.offline") : list }, dollarsOf(dollars));
}

const VERDICTS = [
  { key: "action", head: words("admin.field.verdict"), show: ({ action, failure_class: failure }) => [named("staff.verdict.", action), failure && named("staff.doubt.", failure)].filter(Boolean).join(": ") },
  { key: "method", head: words("admin.field.method"), show: ({ tier, method }) => `${tier} · ${named("admin.value.", method)}` },
  { key: "confidence", head: words("admin.field.confidence"), figure: true, show: ({ confidence }) => percentOf(confidence) },
  { key: "took", head: words("admin.field.took"), figure: true, show: (row) => timeOf(row.took_ms) },
];

function sourceList(sources) {
  if (!sources.length) return element("p", { class: "muted" }, words("admin.no_sources"));
  return element("ol", { class: "passages" }, sources.map(({ n, title, page, heading, highlight }) => element("li", {},
    element("strong", {}, `${n}. ${page ? words("admin.source_page", { title, page }) : title}`),
    heading ? element("p", { class: "muted" }, heading) : null, highlight ? element("blockquote", {}, highlight) : null)));
}

function ids({ id, conversation_id: conversation, session_id: session, question_id: question, answer_id: answer, handoff, created_at: at, attempt, masking_ms: masking }) {
  const told = { turn: id, conversation, session, question, answer, handoff: handoff && `${handoff.reference} (${handoff.id})`, accepted: momentOf(new Date(at)), attempts: attempt, masking: masking === null ? null : timeOf(masking) };
  return element("dl", { class: "ids" }, Object.entries(told).filter(([, value]) => value !== null).map(([name, value]) =>
    element("div", {}, element("dt", {}, words(`admin.id.${name}`)), element("dd", {}, String(value)))));
}
