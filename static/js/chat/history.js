import { call } from "../shared/calls.js";
import { button, byId, element } from "../shared/elements.js";
import { dayOf, timeOf } from "../shared/dates.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";

export const conversations = () => call("GET", "/api/v1/chat/conversations");

/** The list of one's own conversations. */
export async function openHistory(session) {
  show(element("div", { class: "skeleton" }, element("span"), element("span"), element("span")));
  openSheet(byId("history"));
  try {
    const entries = await conversations();
    show(entries.length ? listOf(entries, session) : note("chat.history.empty"));
  } catch {
    show(note("chat.history.failed"), button(words("common.retry"), () => openHistory(session)));
  }
}

function show(...content) {
  byId("history-list").replaceChildren(...content);
}

function note(key) {
  return element("p", { class: "muted" }, words(key));
}

function listOf(entries, session) {
  return element("ul", { class: "history" }, entries.map((entry) => rowOf(entry, session)));
}

function rowOf({ session_id: id, title, updated_at: updated }, session) {
  const at = new Date(updated);
  const current = id === session;
  const when = `${dayOf(at)}, ${timeOf(at)}${current ? ` · ${words("chat.history.current")}` : ""}`;
  const address = `/chat?session=${encodeURIComponent(id)}`;
  return element("li", {}, element("a", { href: address, "aria-current": current && "page" },
    element("strong", {}, title || words("chat.history.untitled")), element("span", { class: "muted" }, when)));
}
