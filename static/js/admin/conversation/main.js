import { call } from "../../shared/calls.js";
import { momentOf } from "../../shared/dates.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { agentOf, languageOf, named, percentOf, vehicleOf } from "../../staff/names.js";
import { plain, readable } from "../../staff/placeholders.js";
import { costCell, costOf, numberOf, timeOf, tokensOf } from "../figures.js";
import { open } from "../opening.js";
import { table } from "../table.js";
import { fact } from "../turn_parts.js";

open(load);

async function load() {
  const id = encodeURIComponent(location.pathname.split("/").at(-1));
  const conversation = await call("GET", `/api/v1/analytics/conversations/${id}`);
  const { cost, language, turns, created_at: began } = conversation;
  const { text, note } = costOf(cost);
  byId("facts").replaceChildren(
    fact("began", momentOf(new Date(began))), fact("turns", numberOf(turns.length)), fact("cost", text, note), fact("tokens", tokensOf(cost)),
    fact("language", language ? languageOf({ language }) : "–"), fact("vehicle", vehicleOf(conversation) || "–"));
  byId("found").replaceChildren(table("found-title", COLUMNS, turns, words("admin.conversation.empty")));
}

const COLUMNS = [
  { key: "question", head: words("admin.question"), value: (row) => row.number, show: saidIn },
  { key: "agent", head: words("admin.field.agent"), value: (row) => row.agent ?? "", show: ({ agent, method }) => routeCell(agent, method) },
  { key: "state", head: words("admin.field.state"), value: (row) => row.state, show: stateCell },
  { key: "confidence", head: words("admin.field.confidence"), figure: true, value: (row) => row.confidence, show: ({ confidence }) => (confidence === null ? "–" : percentOf(confidence)) },
  { key: "first_token", head: words("admin.field.first_token"), figure: true, value: (row) => row.first_token_ms, show: (row) => timeOf(row.first_token_ms) },
  { key: "took", head: words("admin.field.took"), figure: true, value: (row) => row.took_ms, show: (row) => timeOf(row.took_ms) },
  { key: "cost", head: words("admin.field.cost"), figure: true, value: ({ cost }) => cost.dollars, show: ({ cost }) => costCell(cost) },
];

function saidIn({ id, question, answer }) {
  return [element("a", { class: "row-link", href: `/admin/turns/${id}` }, readable(question ?? words("admin.no_question"))), element("span", { class: "muted clipped" }, answer === null ? words("admin.no_answer") : readable(plain(answer)))];
}

function routeCell(agent, method) {
  return [agent ? agentOf(agent) : "–", method ? element("span", { class: "muted" }, ` ${named("staff.method.", method)}`) : ""];
}

function stateCell({ state, escalation, cached }) {
  const more = [escalation && named("staff.reason.", escalation), cached && words(`admin.cache.${cached}`)].filter(Boolean).join(" · ");
  return [named("admin.state.", state), more ? element("span", { class: "muted" }, ` ${more}`) : ""];
}
