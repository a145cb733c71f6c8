import { call } from "../shared/calls.js";
import { dateOf, timeOf } from "../shared/dates.js";
import { showDenied } from "../shared/denied.js";
import { button, byId, element } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";
import { hasWords, words } from "../shared/words.js";

const COLUMNS = ["message", "to", "state", "attempts", "time"];

bindPreferences();
byId("refresh").addEventListener("click", refresh);
load();

async function refresh() {
  byId("refresh").disabled = true;
  await load();
  byId("refresh").disabled = false;
  byId("refresh").focus();
  byId("status").textContent = words("outbox.refreshed", { time: timeOf(new Date()) });
}

async function load() {
  try {
    show(await call("GET", "/api/v1/outbox"));
  } catch (refused) {
    if (showDenied(refused, byId("outbox"), "outbox.denied.")) return;
    showProblem();
  }
  byId("outbox").hidden = false;
}

function show(messages) {
  if (!messages.length) return byId("list").replaceChildren(element("p", { class: "muted" }, words("outbox.empty")));
  const head = COLUMNS.map((key) => element("th", { scope: "col" }, words(`outbox.column.${key}`)));
  byId("list").replaceChildren(element("div", { class: "table", tabindex: 0, role: "region", "aria-labelledby": "list-title" },
    element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, messages.map(row)))));
}

function showProblem() {
  const again = button(words("common.retry"), refresh);
  byId("list").replaceChildren(element("div", { class: "empty" }, element("p", {}, words("common.unreachable")), again));
}

function row({ purpose, channel, to, text, state, attempts, created_at: created }) {
  const written = new Date(created);
  const kind = `${named("outbox.purpose.", purpose)} ${named("outbox.channel.", channel)}`;
  return element("tr", { "data-state": state },
    element("th", { scope: "row" }, element("strong", {}, kind), text ? element("span", { class: "muted" }, text) : null),
    element("td", {}, to ?? words("outbox.hidden")),
    element("td", {}, named("outbox.state.", state)),
    element("td", { "data-label": words("outbox.column.attempts") }, String(attempts)),
    element("td", {}, `${dateOf(written)}, ${timeOf(written)}`));
}

/** A word of the interface in the reader's language; one that is new stands as it is. */
function named(group, word) {
  return hasWords(group + word) ? words(group + word) : word;
}
