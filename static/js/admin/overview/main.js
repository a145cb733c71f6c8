import { call } from "../../shared/calls.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { open } from "../opening.js";
import { lastConversation } from "./last.js";
import { auditRows, deliveryRows, documentRows } from "./side.js";
import { tiles } from "./tiles.js";

const EVERY = 60_000;
const API = "/api/v1";

const again = open(load);
setInterval(() => document.hidden || again(), EVERY);

async function load() {
  const [figures] = await Promise.all([call("GET", `${API}/analytics`), showLast(), showDocuments(), showDeliveries(), showAudit()]);
  byId("tiles").replaceChildren(...tiles(figures));
}

/** However long ago it was. */
async function showLast() {
  const since = new Date(Date.now() - 360 * 86_400_000).toISOString().slice(0, 10);
  const { conversations: [last] } = await call("GET", `${API}/analytics/conversations?limit=1&from=${since}`);
  if (!last) return byId("last").replaceChildren(nothingYet());
  const turn = await call("GET", `${API}/analytics/turns/${last.last_turn_id}`);
  byId("last").replaceChildren(lastConversation(last, turn));
  return undefined;
}

function nothingYet() {
  return element("div", { class: "empty" }, element("p", {}, words("admin.last.empty")), element("a", { class: "button primary", href: "/chat" }, words("common.to_chat")));
}

async function showDocuments() {
  const [stats, jobs] = await Promise.all([call("GET", `${API}/documents/stats`), call("GET", `${API}/documents/jobs`)]);
  byId("documents").replaceChildren(documentRows(stats, jobs));
}

async function showDeliveries() {
  const [dead, queued] = await Promise.all(["dead", "queued"].map((state) => call("GET", `${API}/webhooks/deliveries?state=${state}&limit=4`)));
  byId("deliveries").replaceChildren(deliveryRows([...dead, ...queued].slice(0, 5)));
}

async function showAudit() {
  const { entries } = await call("GET", `${API}/audit?limit=5`);
  byId("audit").replaceChildren(auditRows(entries));
}
