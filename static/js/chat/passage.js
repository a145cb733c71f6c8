import { call } from "../shared/calls.js";
import { button, byId, element } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { highlight } from "./highlight.js";
import { printed } from "../markdown/printed.js";

let latest = 0;

/** Show what an answer cites as `[n]`: the passage on its page, with the words it rests on marked. */
export async function openPassage(messageId, source) {
  const opened = (latest += 1);
  head(source, [source.model, source.year].filter(Boolean).join(" "));
  body(skeleton());
  openSheet(byId("passage"));
  byId("passage-title").focus();
  try {
    const passage = await call("GET", `/api/v1/chat/passages/${encodeURIComponent(messageId)}/${source.n}`);
    if (opened === latest) show(source, passage);
  } catch {
    if (opened === latest) body(problem(messageId, source));
  }
}

function head(source, vehicle) {
  const page = source.page ? words("chat.passage.page", { page: source.page }) : null;
  byId("passage-number").textContent = words("chat.passage.source", { n: source.n });
  byId("passage-title").textContent = source.title;
  const place = source.heading?.replaceAll(" > ", " › ");
  byId("passage-place").textContent = [page, place, vehicle].filter(Boolean).join(" · ");
  byId("passage-note").hidden = true;
}

function body(...content) {
  byId("passage-text").replaceChildren(...content);
}

function show(source, passage) {
  head({ ...source, ...passage }, [passage.model, passage.year].filter(Boolean).join(" "));
  body(printed(passage.text));
  const mark = highlight(byId("passage-text"), passage.highlight);
  byId("passage-note").hidden = mark === null;
  mark?.scrollIntoView({ block: "center" });
}

function skeleton() {
  const bars = [1, 2, 3, 4].map(() => element("span"));
  return element("div", { class: "skeleton", role: "status", "aria-label": words("chat.passage.loading") }, bars);
}

function problem(messageId, source) {
  const again = button(words("common.retry"), () => openPassage(messageId, source));
  return element("div", { class: "empty" }, element("p", {}, words("chat.passage.failed")), again);
}
