import { call, Refused } from "../shared/calls.js";
import { timeOf } from "../shared/dates.js";
import { showDenied } from "../shared/denied.js";
import { button, byId, element } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";
import { bindSecret, hideSecret, revealSecret } from "../shared/secret.js";
import { confirmed } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { showDetails } from "./details.js";
import { endpointList, redraw } from "./endpoints.js";
import { bindForm, openForm } from "./form.js";
import { deliveryTable } from "./table.js";
import { problemOf, reason } from "./wording.js";

const ENDPOINTS = "/api/v1/webhooks/endpoints";
const DELIVERIES = "/api/v1/webhooks/deliveries";
const PAGE = 50;
let shown = [];

bindPreferences();
bindSecret();
bindForm(save);
byId("refresh").addEventListener("click", refresh);
byId("new").addEventListener("click", () => openForm());
byId("more").addEventListener("click", more);
byId("filters").addEventListener("change", loadDeliveries);
load();

async function load() {
  try {
    await Promise.all([loadDeliveries(), loadEndpoints()]);
  } catch (refused) {
    if (showDenied(refused, byId("deliveries"), "deliveries.denied.")) return;
  }
  byId("deliveries").hidden = false;
}

async function refresh() {
  byId("refresh").disabled = true;
  await load();
  byId("refresh").disabled = false;
  byId("refresh").focus();
  say(words("deliveries.refreshed", { time: timeOf(new Date()) }));
}

/** Staff who are no admins see the deliveries alone. */
async function loadEndpoints() {
  try {
    const endpoints = await call("GET", ENDPOINTS);
    redraw(byId("endpoints"), endpointList(endpoints, { test, edit: openForm, readSecret, rotate, replayDead, remove }));
    byId("endpoints-card").hidden = false;
  } catch (refused) {
    if (refused instanceof Refused && [401, 403].includes(refused.status)) return;
    byId("endpoints-problem").textContent = reason(refused);
  }
}

async function loadDeliveries() {
  try {
    show(await page());
  } catch (refused) {
    if (refused instanceof Refused && [401, 403].includes(refused.status)) throw refused;
    const again = button(words("common.retry"), load);
    byId("list").replaceChildren(element("div", { class: "empty" }, element("p", {}, words("common.unreachable")), again));
  }
}

async function more() {
  await attempt("list", async () => show([...shown, ...(await page(shown.at(-1).number))]));
}

async function page(before = null) {
  const wanted = new URLSearchParams([...new FormData(byId("filters"))].filter(([, value]) => value));
  if (before) wanted.set("before", before);
  const found = await call("GET", `${DELIVERIES}?limit=${PAGE}&${wanted}`);
  byId("more").hidden = found.length < PAGE;
  return found;
}

function show(deliveries) {
  shown = deliveries;
  byId("list").replaceChildren(deliveryTable(deliveries, { details, replay }));
}

// Endpoints

async function save(wish, endpoint) {
  const made = await (endpoint ? call("PUT", `${ENDPOINTS}/${endpoint.id}`, wish) : call("POST", ENDPOINTS, wish));
  byId("form-sheet").close();
  say(words("deliveries.saved", made.endpoint));
  await tellSecret(made);
}

async function tellSecret({ endpoint, secret }) {
  if (secret) revealSecret(words("deliveries.secret.title", endpoint), secret);
  await load();
}

async function test({ id, name }) {
  await attempt("endpoints", async () => {
    const tried = await call("POST", `${ENDPOINTS}/${id}/test`);
    const told = { name, status: tried.status ?? "", problem: problemOf(tried), ms: tried.took_ms };
    await load();
    if (tried.problem) byId("endpoints-problem").textContent = words("deliveries.test.badly", told);
    else tell(words("deliveries.test.well", told));
  });
}

async function rotate({ id, name }) {
  const question = { title: words("deliveries.rotate.title", { name }), text: words("deliveries.rotate.text"), yes: words("deliveries.rotate") };
  if (await confirmed(question)) await attempt("endpoints", async () => tellSecret(await call("POST", `${ENDPOINTS}/${id}/rotate`)));
}

async function readSecret({ id }) {
  await attempt("endpoints", async () => tellSecret(await call("POST", `${ENDPOINTS}/${id}/secret`)));
}

async function replayDead({ id }) {
  await attempt("endpoints", async () => {
    const { count } = await call("POST", `${ENDPOINTS}/${id}/replay`);
    await load();
    tell(words("deliveries.replayed_dead", { count }));
  });
}

async function remove({ id, name }) {
  const question = { title: words("deliveries.delete.title", { name }), text: words("deliveries.delete.text"), yes: words("deliveries.delete") };
  if (!(await confirmed(question))) return;
  await attempt("endpoints", async () => {
    await call("DELETE", `${ENDPOINTS}/${id}`);
    hideSecret();
    await load();
    say(words("deliveries.deleted", { name }));
    byId("endpoints-title").focus();
  });
}

// Deliveries

async function details({ id }) {
  await attempt("list", async () => showDetails(await call("GET", `${DELIVERIES}/${id}`)));
}

async function replay({ id }) {
  await attempt("list", async () => {
    await call("POST", `${DELIVERIES}/${id}/replay`);
    await load();
    say(words("deliveries.replayed"));
    byId("list-title").focus();
  });
}

async function attempt(where, work) {
  byId("endpoints-told").textContent = "";
  byId(`${where}-problem`).textContent = "";
  try {
    await work();
  } catch (refused) {
    byId(`${where}-problem`).textContent = reason(refused);
  }
}

/** Seen above the endpoints, and heard. */
function tell(text) {
  byId("endpoints-told").textContent = text;
  say(text);
}

function say(text) {
  byId("status").textContent = text;
}
