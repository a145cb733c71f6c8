import { button, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { moment, problemOf } from "./wording.js";

const COLUMNS = ["event", "endpoint", "state", "attempts", "time"];

/** Deliveries, newest first; `details` and `replay` are called with the one whose button was pressed. */
export function deliveryTable(deliveries, actions) {
  if (!deliveries.length) return element("p", { class: "muted" }, words("deliveries.list.empty"));
  const head = COLUMNS.map((name) => element("th", { scope: "col" }, words(`deliveries.column.${name}`)));
  const last = element("td", {}, element("span", { class: "hidden" }, words("deliveries.column.actions")));
  return element("div", { class: "table", tabindex: 0, role: "region", "aria-labelledby": "list-title" },
    element("table", {}, element("thead", {}, element("tr", {}, head, last)),
      element("tbody", {}, deliveries.map((each) => row(each, actions)))));
}

export function titleOf({ type, reference }) {
  return [words(`deliveries.event.${type}`), reference].filter(Boolean).join(" ");
}

function row(delivery, { details, replay }) {
  const title = titleOf(delivery);
  const named = (key, work) => button(words(key), () => work(delivery),
    { class: "button plain", "aria-label": words("deliveries.named", { action: words(key), name: title }) });
  const again = delivery.type !== "webhook.test" && delivery.dead_why !== "erased";
  return element("tr", { "data-state": delivery.state },
    element("th", { scope: "row" }, element("strong", {}, title), element("span", { class: "muted" }, problemOf(delivery))),
    element("td", {}, delivery.endpoint),
    element("td", { class: "delivery-state" }, stateOf(delivery)),
    element("td", { "data-label": words("deliveries.column.attempts") }, String(delivery.attempts)),
    element("td", {}, moment(delivery.created_at)),
    element("td", {}, element("span", { class: "actions" },
      named("deliveries.details", details), again ? named("deliveries.replay", replay) : null)));
}

function stateOf({ state, dead_why: why, attempts, next_attempt_at: next }) {
  if (state === "dead") return words(`deliveries.dead.${why}`);
  if (state === "queued" && attempts) return words("deliveries.state.next", { moment: moment(next) });
  return words(`deliveries.state.${state}`);
}
