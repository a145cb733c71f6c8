import { element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { agentOf, named, percentOf } from "../staff/names.js";
import { plain, readable } from "../staff/placeholders.js";
import { costOf, timeOf, tokensOf } from "./figures.js";

/** Question and answer, with placeholders in words. */
export function said({ question, answer }) {
  return element("div", { class: "said" },
    element("p", { class: "said-question" }, element("span", { class: "hidden" }, `${words("admin.question")}: `), readable(question ?? "")),
    element("p", { class: "said-answer" }, element("span", { class: "hidden" }, `${words("admin.answer")}: `), answer === null ? words("admin.no_answer") : readable(plain(answer))));
}

/** What was decided, how long it took and what it cost. */
export function facts(turn) {
  const { text, note } = costOf(turn.cost);
  return element("dl", { class: "facts" },
    fact("cost", text, note), fact("tokens", tokensOf(turn.cost), callsOf(turn.cost)),
    fact("first_token", timeOf(turn.first_token_ms), words("admin.fact.took", { time: timeOf(turn.took_ms) })),
    fact("route", turn.agent ? agentOf(turn.agent) : "–", routeOf(turn.route)),
    fact("confidence", typeof turn.confidence === "number" ? percentOf(turn.confidence) : "–", verdictOf(turn)),
    fact("state", named("admin.state.", turn.state), passedOn(turn)),
    fact("cache", turn.cached ? words(`admin.cache.${turn.cached}`) : words("admin.fact.not_shared")));
}

export function fact(name, text, note = "") {
  return element("div", {}, element("dt", {}, words(`admin.fact.${name}`)),
    element("dd", {}, element("strong", {}, text), note ? element("span", { class: "muted" }, note) : null));
}

function callsOf({ calls }) {
  return calls === 1 ? words("admin.fact.call") : words("admin.fact.calls", { count: calls });
}

function routeOf({ method, certainty }) {
  if (!method) return "";
  const by = words("admin.fact.by", { method: named("staff.method.", method) });
  return typeof certainty === "number" ? `${by}, ${percentOf(certainty)}` : by;
}

function verdictOf({ verdicts, doubt }) {
  const told = [...new Set(verdicts.map(({ action }) => named("staff.verdict.", action)))];
  const verdict = [...told, doubt && named("staff.doubt.", doubt)].filter(Boolean).join(", ");
  return verdict && words("admin.fact.checked", { verdict });
}

function passedOn({ escalation, handoff }) {
  if (!escalation) return "";
  return [named("staff.reason.", escalation), handoff?.reference].filter(Boolean).join(" · ");
}

/** The passages an answer cites. */
export function sources(listed) {
  if (!listed.length) return element("p", { class: "muted" }, words("admin.no_sources"));
  return element("ul", { class: "source-list" }, listed.map(({ n, title, page }) =>
    element("li", {}, element("span", { class: "number" }, String(n)), page ? words("admin.source_page", { title, page }) : title)));
}
