import { timeOf } from "../shared/dates.js";
import { element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { agentOf, named, percentOf } from "../staff/names.js";

/** What the assistant did, turn by turn. */
export function trailOf(trail) {
  return element("ol", { class: "trail" }, trail.map(stepOf));
}

function stepOf({ created_at: at, agent, route, method, certainty, confidence, doubt, verdicts, escalation }) {
  const understood = route && words("desk.trail.route", {
    route: named("staff.route.", route), method: named("staff.method.", method ?? "rule"),
  }) + (typeof certainty === "number" ? `, ${percentOf(certainty)}` : "");
  const checked = verdictOf(verdicts, doubt);
  return element("li", {},
    element("p", { class: "trail-head" }, element("strong", {}, agent ? agentOf(agent) : words("common.assistant")), element("time", { datetime: at }, timeOf(new Date(at)))),
    understood ? element("p", { class: "muted" }, understood) : null,
    typeof confidence === "number" ? meter(confidence) : null,
    checked ? element("p", { class: "muted" }, checked) : null,
    escalation ? element("p", { class: "trail-end" }, words("desk.trail.escalation", { reason: named("staff.reason.", escalation) })) : null);
}

function meter(confidence) {
  return element("p", { class: "trail-sure" },
    element("meter", { min: 0, max: 1, low: 0.5, high: 0.75, optimum: 1, value: confidence, "aria-label": words("desk.trail.confidence") }),
    element("span", {}, words("desk.confidence", { percent: percentOf(confidence) })));
}

function verdictOf(verdicts, doubt) {
  const said = [...new Set((verdicts ?? []).map((each) => named("staff.verdict.", each.action ?? each.verdict ?? String(each))))];
  const doubted = doubt ? [named("staff.doubt.", doubt)] : [];
  return said.length || doubted.length ? words("desk.trail.checked", { verdict: [...said, ...doubted].join(", ") }) : null;
}
