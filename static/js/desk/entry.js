import { decorate as quietMarks } from "../chat/citations.js";
import { GrowingMarkdown } from "../markdown/markdown.js";
import { timeOf } from "../shared/dates.js";
import { button, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { agentOf, named, percentOf } from "../staff/names.js";

/** One line of the transcript. `tell` has `masked` and is asked about a `wrong(row)` answer. */
export function entryOf(row, tell) {
  const shown = { customer: customerOf, staff: staffOf, assistant: assistantOf, system: eventOf }[row.author];
  return shown(row, tell);
}

function customerOf({ text, created_at: at }, { masked }) {
  return element("article", { class: "message from-customer", "aria-label": words("desk.author.customer") },
    fromLine("person", words("desk.author.customer"), at), element("div", { class: "said" }, masked.nodes(text)));
}

function staffOf({ text, name, created_at: at }, { masked }) {
  return element("article", { class: "message from-staff", "aria-label": name },
    fromLine(null, name ?? words("desk.author.staff"), at), element("div", { class: "said" }, masked.nodes(text)));
}

function assistantOf(row, tell) {
  const prose = element("div", { class: "prose" });
  new GrowingMarkdown(prose, (drawn) => {
    quietMarks(drawn, null);
    tell.masked.decorate(drawn);
  }).show(row.text);
  return element("article", { class: "message from-assistant", "aria-label": words("common.assistant") },
    fromLine("spark", words("common.assistant"), row.created_at, detailsOf(row), judged(row, tell)), prose, sourcesOf(row) ?? "");
}

/** An answer that is being written. */
export function runningAnswer(masked) {
  const prose = element("div", { class: "prose" });
  const growing = new GrowingMarkdown(prose, (drawn) => {
    quietMarks(drawn, null);
    masked.decorate(drawn);
  });
  const line = element("p", { class: "progress" }, dots(), words("desk.answering"));
  const shown = element("article", { class: "message from-assistant running", "aria-label": words("common.assistant") },
    fromLine("spark", words("common.assistant")), line, prose);
  return { element: shown, write: (text) => growing.show(text) };
}

function fromLine(symbol, name, at, details, more = []) {
  const mark = symbol ? icon(symbol) : name.charAt(0).toLocaleUpperCase();
  const when = at && new Date(at);
  return element("header", { class: "from-line" }, element("span", { class: "face", "aria-hidden": "true" }, mark),
    element("strong", {}, name), details ? element("span", { class: "muted" }, details) : null, element("span", { class: "gap" }), more,
    when ? element("time", { datetime: when.toISOString() }, timeOf(when)) : null);
}

function detailsOf({ agent, confidence }) {
  const sure = typeof confidence === "number" ? words("desk.confidence", { percent: percentOf(confidence) }) : null;
  return [agent ? agentOf(agent) : null, sure].filter(Boolean).join(" · ");
}

function sourcesOf({ sources }) {
  if (!sources?.length) return null;
  const names = sources.map(({ n, title, page }) => element("li", {}, element("span", { class: "number" }, String(n)), page ? words("desk.source", { title, page }) : title));
  return element("ul", { class: "source-list", "aria-label": words("desk.sources") }, names);
}

/** The customer's thumb, and the way to say that the answer was wrong. */
function judged(row, tell) {
  if (!row.message_id) return [];
  const rated = row.feedback && element("span", { class: "rated" }, icon(row.feedback === "up" ? "up" : "down"), named("desk.thumb.", row.feedback));
  return [rated || null, button(icon("caution"), () => tell.wrong(row), { class: "action", "aria-label": words("desk.wrong"), title: words("desk.wrong") })].filter(Boolean);
}

/** "Ana Reis joined": what happened, as a line across. */
function eventOf({ event, name, created_at: at }) {
  const said = named("desk.event.", event).replace("{name}", name ?? words("desk.author.staff"));
  return element("p", { class: "event", title: timeOf(new Date(at)) }, element("span", {}, said));
}

export function noteEntry({ author, text, created_at: at }, masked) {
  return element("article", { class: "message from-note", "aria-label": words("desk.note.of", { name: author }) },
    fromLine("lock", author, at, words("desk.note")), element("div", { class: "said" }, masked.nodes(text)));
}

/** A reply on its way, or one that did not get there. */
export function pendingEntry({ text, problem }, name, masked, { retry, edit }) {
  const state = problem
    ? [icon("caution"), problem, button(words("common.retry"), retry, { class: "link" }), button(words("desk.sending.edit"), edit, { class: "link" })]
    : [icon("clock"), words("desk.sending")];
  return element("article", { class: "message from-staff", "data-state": problem ? "failed" : "sending", "aria-label": name },
    fromLine(null, name), element("div", { class: "said" }, masked.nodes(text)), element("p", { class: "sending-state", role: "status" }, state));
}

export function dots() {
  return element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
}
