import { call } from "../../shared/calls.js";
import { momentOf } from "../../shared/dates.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { agentOf, languageOf, named, vehicleOf } from "../../staff/names.js";
import { readable } from "../../staff/placeholders.js";
import { costCell, numberOf, tokensOf } from "../figures.js";
import { open } from "../opening.js";
import { pages } from "../pages.js";
import { bindFilters, exportTo, query, showSpan } from "../span.js";
import { table } from "../table.js";

const PATH = "/api/v1/analytics/conversations";
const list = pages(PATH, (page) => page.conversations, draw);

bindFilters(() => again());
const again = open(load);

async function load() {
  const page = await call("GET", `${PATH}?${query()}`);
  showSpan(page);
  list.begin(page);
  exportTo("export", `${PATH}?${query({ format: "csv" })}`);
}

function draw(rows) {
  byId("found").replaceChildren(table("found-title", COLUMNS, rows, words("admin.conversations.empty")));
}

const COLUMNS = [
  { key: "question", head: words("admin.question"), value: (row) => row.first_question ?? "", show: questionOf },
  { key: "when", head: words("admin.field.when"), value: (row) => row.updated_at, show: (row) => momentOf(new Date(row.updated_at)) },
  { key: "turns", head: words("admin.field.turns"), figure: true, value: (row) => row.turns, show: (row) => numberOf(row.turns) },
  { key: "agent", head: words("admin.field.agent"), value: (row) => row.agents.join(), show: (row) => row.agents.map(agentOf).join(", ") },
  { key: "escalation", head: words("admin.field.escalation"), value: (row) => row.escalations.join(), show: (row) => row.escalations.map((each) => named("staff.reason.", each)).join(", ") || "–" },
  { key: "tokens", head: words("admin.field.tokens"), figure: true, value: ({ cost }) => cost.prompt_tokens + cost.completion_tokens, show: ({ cost }) => tokensOf(cost) },
  { key: "cost", head: words("admin.field.cost"), figure: true, value: ({ cost }) => cost.dollars, show: ({ cost }) => costCell(cost) },
];

function questionOf({ id, first_question: question, language, ...vehicle }) {
  const about = [language && languageOf({ language }), vehicleOf(vehicle)].filter(Boolean).join(" · ");
  return [element("a", { class: "row-link", href: `/admin/conversations/${id}` }, readable(question ?? words("admin.no_question"))), element("span", { class: "muted" }, about)];
}
