import { call } from "../../shared/calls.js";
import { dateOf, timeOf } from "../../shared/dates.js";
import { byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { named } from "../../staff/names.js";
import { actorOf } from "../actors.js";
import { open } from "../opening.js";
import { pages } from "../pages.js";
import { bindFilters, exportTo, query } from "../span.js";
import { table } from "../table.js";

const PATH = "/api/v1/audit";
const wanted = new URLSearchParams(location.search).get("action");
const list = pages(PATH, (page) => page.entries, draw);

bindFilters(() => again());
const again = open(load);

async function load() {
  const asked = byId("action").options.length > 1 || !wanted ? query() : query({ action: wanted });
  const page = await call("GET", `${PATH}?${asked}`);
  offer(page.actions);
  list.begin(page);
  exportTo("export", `${PATH}?${query({ format: "csv" })}`);
}

function draw(rows) {
  byId("found").replaceChildren(table("found-title", COLUMNS, rows, words("admin.audit.empty")));
}

/** The actions there are, once they are known. */
function offer(actions) {
  if (byId("action").options.length > 1) return;
  byId("action").append(...actions.map((action) => element("option", { value: action, selected: action === wanted }, named("admin.action.", action))));
}

const COLUMNS = [
  { key: "action", head: words("admin.field.action"), value: (row) => row.action, show: (row) => named("admin.action.", row.action) },
  { key: "actor", head: words("admin.field.actor"), value: actorOf, show: actorOf },
  { key: "record", head: words("admin.field.record"), value: (row) => row.record, show: (row) => element("code", {}, row.record) },
  { key: "detail", head: words("admin.field.detail"), show: ({ detail }) => detailOf(detail) },
  { key: "when", head: words("admin.field.when"), value: (row) => row.id, show: ({ created_at: at }) => `${dateOf(new Date(at))}, ${timeOf(new Date(at))}` },
];

function detailOf(detail) {
  return Object.entries(detail).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ") || "–";
}
