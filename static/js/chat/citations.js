import { button, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

const MARK = /\s?\[(\d{1,2})\]/g;
const VERBATIM = "code, pre, a";

/** "X1 Owner's Manual 2025, p. 29" */
export function nameOf(source) {
  if (source.page === null || source.page === undefined) return source.title;
  return words("chat.answer.source", { title: source.title, page: source.page });
}

/** Turn `[n]` into chips: buttons where the source is known, quiet marks while it is not yet. */
export function decorate(fragment, sources, open) {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) if (!text.parentElement?.closest(VERBATIM)) decorateText(text, sources, open);
}

function decorateText(node, sources, open) {
  const pieces = [];
  let end = 0;
  for (const mark of node.data.matchAll(MARK)) {
    const chip = chipOf(Number(mark[1]), sources, open);
    if (!chip) continue;
    pieces.push(node.data.slice(end, mark.index), chip);
    end = mark.index + mark[0].length;
  }
  if (pieces.length) node.replaceWith(...pieces, node.data.slice(end));
}

function chipOf(n, sources, open) {
  if (!sources) return element("sup", { class: "cite" }, element("span", {}, String(n)));
  const source = sources.find((each) => each.n === n);
  if (!source) return null;
  const label = words("chat.answer.open_source", { n, title: nameOf(source) });
  const chip = button(String(n), () => open(source), { class: "chip", "aria-label": label });
  return element("sup", { class: "cite" }, chip);
}

/** The row under an answer that names its sources. */
export function sourcesRow(sources, open) {
  const rows = sources.map((source) =>
    element("li", {}, button([numberOf(source), nameOf(source)], () => open(source), { class: "source" })),
  );
  const label = element("span", { class: "sources-label" }, icon("book"), words("chat.answer.sources"));
  return element("div", { class: "sources" }, label, element("ul", {}, rows));
}

function numberOf(source) {
  return element("span", { class: "number", "aria-hidden": "true" }, String(source.n));
}

/** The text without its marks, for reading aloud and copying. */
export const withoutMarks = (text) => text.replace(MARK, "");
