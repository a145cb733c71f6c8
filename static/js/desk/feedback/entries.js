import { decorate } from "../../chat/citations.js";
import { rendered } from "../../markdown/markdown.js";
import { printed } from "../../markdown/printed.js";
import { dateOf, timeOf } from "../../shared/dates.js";
import { button, element, icon } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { named } from "../../staff/names.js";
import { readable } from "../../staff/placeholders.js";

/** A thumb under an answer, or the stars of a resolved conversation. */
export function feedbackEntry(given) {
  const { question, answer, passages, comment, kind } = given;
  return element("article", { class: "card entry" },
    element("header", { class: "entry-head" }, verdictOf(given), reasonOf(given), element("span", { class: "gap" }), when(given.created_at)),
    comment ? element("blockquote", { class: "comment" }, readable(comment)) : null,
    part("desk.feedback.question", question), kind === "rating" ? part("desk.feedback.last_reply", answer) : answerPart(answer),
    kind === "thumb" ? passagesPart(passages) : null, openLink(given));
}

/** An answer that staff found wrong. */
export function gapEntry(gap, close) {
  const shut = gap.state === "open" && button([icon("check"), words("desk.gap.close")], () => close(gap));
  return element("article", { class: "card entry" },
    element("header", { class: "entry-head" }, element("strong", {}, words("desk.gap.note")), element("span", { class: "gap" }), when(gap.created_at)),
    element("p", { class: "gap-note" }, readable(gap.note)),
    part("desk.feedback.question", gap.question), answerPart(gap.answer), sourcesPart(gap.sources),
    element("footer", { class: "entry-end" },
      gap.reported_by ? element("span", { class: "muted" }, words("desk.gap.by", { name: gap.reported_by })) : null, element("span", { class: "gap" }),
      element("a", { class: "button plain", href: "/knowledge" }, icon("book"), words("desk.gap.documents")), shut || null));
}

function verdictOf({ kind, rating }) {
  if (kind === "rating") return element("strong", { class: "verdict" }, icon("spark"), words("desk.feedback.stars", { stars: rating }));
  return element("strong", { class: "verdict", "data-rating": rating }, icon(rating === "up" ? "up" : "down"), named("desk.thumb.", rating));
}

function reasonOf({ kind, reason }) {
  if (!reason) return null;
  return element("span", { class: "badge" }, named(kind === "rating" ? "desk.outcome." : "desk.feedback.reason.", reason));
}

function when(moment) {
  const at = new Date(moment);
  return element("time", { class: "muted", datetime: moment }, `${dateOf(at)}, ${timeOf(at)}`);
}

function part(key, text) {
  if (!text) return null;
  return element("section", { class: "entry-part" }, element("h3", {}, words(key)), element("p", {}, readable(text)));
}

function answerPart(answer) {
  const drawn = element("div", { class: "prose" }, rendered(readable(answer)));
  decorate(drawn, null);
  return element("section", { class: "entry-part" }, element("h3", {}, words("desk.feedback.answer")), drawn);
}

function passagesPart(passages) {
  if (!passages?.length) return element("p", { class: "muted" }, words("desk.feedback.no_passages"));
  const entries = passages.map(({ n, title, page, text }) => element("li", {},
    element("strong", {}, `${n}. ${nameOf({ title, page })}`), element("div", { class: "prose" }, printed(text))));
  return element("details", {}, element("summary", {}, words("desk.feedback.passages", { count: passages.length })), element("ol", { class: "passages" }, entries));
}

function sourcesPart(sources) {
  if (!sources?.length) return element("p", { class: "muted" }, words("desk.feedback.no_passages"));
  return element("ul", { class: "source-list", "aria-label": words("desk.sources") },
    sources.map((source) => element("li", {}, element("span", { class: "number" }, String(source.n)), nameOf(source))));
}

const nameOf = ({ title, page }) => (page ? words("desk.source", { title, page }) : title);

function openLink({ handoff_id: id, reference }) {
  if (!id) return null;
  return element("p", {}, element("a", { href: `/desk?handoff=${id}` }, words("desk.feedback.open")), " ", element("span", { class: "muted" }, reference));
}
