import { button, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { moment } from "./wording.js";

/** All endpoints; each of `actions` is called with the endpoint whose button was pressed. */
export function endpointList(endpoints, actions) {
  if (!endpoints.length) return element("p", { class: "muted" }, words("deliveries.endpoints.empty"));
  return element("ul", { class: "endpoints" }, endpoints.map((each) => item(each, actions)));
}

/** Put a new list in the place of the old one; whoever was on a button of it stays there. */
export function redraw(place, list) {
  const { id, action } = document.activeElement?.dataset ?? {};
  place.replaceChildren(list);
  if (id && action) place.querySelector(`[data-id="${id}"][data-action="${action}"]`)?.focus();
}

function item(endpoint, actions) {
  return element("li", { class: "endpoint", "data-enabled": String(endpoint.enabled) },
    element("h3", {}, endpoint.name),
    element("p", {}, endpoint.url),
    element("p", { class: "endpoint-state" }, stateOf(endpoint)),
    element("p", {}, facts(endpoint).join(" · ")),
    element("div", { class: "buttons" }, buttons(endpoint, actions)));
}

function stateOf({ enabled, disabled_why: why }) {
  return enabled ? words("deliveries.endpoints.enabled") : words(`deliveries.disabled.${why}`);
}

function facts({ format, origin, queued, dead, last_success_at: success }) {
  return [
    words(`deliveries.format.${format}`),
    origin === "settings" && words("deliveries.endpoints.from_settings"),
    success ? words("deliveries.endpoints.success", { moment: moment(success) }) : words("deliveries.endpoints.no_success"),
    queued > 0 && words("deliveries.endpoints.waiting", { count: queued }),
    dead > 0 && words("deliveries.endpoints.dead", { count: dead }),
  ].filter(Boolean);
}

function buttons(endpoint, { test, edit, readSecret, rotate, replayDead, remove }) {
  const named = (key, work) => button(words(key), () => work(endpoint),
    { "data-id": endpoint.id, "data-action": key, "aria-label": words("deliveries.named", { action: words(key), name: endpoint.name }) });
  return [
    named("deliveries.test", test),
    named("deliveries.edit", edit),
    endpoint.secret_unread ? named("deliveries.read", readSecret) : null,
    named("deliveries.rotate", rotate),
    endpoint.dead && endpoint.enabled ? named("deliveries.replay_dead", replayDead) : null,
    named("deliveries.delete", remove),
  ];
}
