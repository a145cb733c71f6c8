import { momentOf } from "../../shared/dates.js";
import { element, icon } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { named } from "../../staff/names.js";
import { actorOf } from "../actors.js";
import { numberOf } from "../figures.js";

const OVER = ["done"];
const MOST_JOBS = 3;

/** How many documents there are, and those that are still read in, or could not be. */
export function documentRows({ documents, chunks }, jobs) {
  const open = jobs.filter(({ state }) => !OVER.includes(state)).slice(0, MOST_JOBS);
  const count = words(documents ? "admin.documents.count" : "admin.documents.empty", { documents: numberOf(documents), passages: numberOf(chunks) });
  const rest = open.length ? list(open.map(jobRow)) : documents ? element("p", { class: "muted" }, words("admin.documents.ready")) : null;
  return element("div", { class: "side-part" }, element("p", {}, count), rest);
}

function jobRow({ source_name: name, state, progress }) {
  const share = state === "running" ? ` ${Math.round(progress * 100)} %` : "";
  return row(name, named("admin.job.", state) + share, state === "failed");
}

/** Deliveries that wait or were given up. */
export function deliveryRows(deliveries) {
  if (!deliveries.length) return element("p", { class: "muted" }, words("admin.deliveries.none"));
  return list(deliveries.map(({ type, reference, endpoint, state }) =>
    row([type, reference].filter(Boolean).join(" "), `${endpoint} · ${named("admin.delivery.", state)}`, state === "dead")));
}

export function auditRows(entries) {
  if (!entries.length) return element("p", { class: "muted" }, words("admin.audit.empty"));
  return list(entries.map((entry) => row(named("admin.action.", entry.action), `${actorOf(entry)} · ${momentOf(new Date(entry.created_at))}`)));
}

function list(rows) {
  return element("ul", { class: "side-list" }, rows);
}

function row(title, detail, isBad = false) {
  return element("li", {}, element("strong", {}, isBad ? icon("caution") : null, title), element("span", { class: isBad ? "bad" : "muted" }, detail));
}
