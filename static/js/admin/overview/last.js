import { momentOf } from "../../shared/dates.js";
import { element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { languageOf, vehicleOf } from "../../staff/names.js";
import { costOf } from "../figures.js";
import { facts, said, sources } from "../turn_parts.js";
import { waterfall } from "../waterfall.js";

/** What the newest conversation was, and what its newest turn did and cost. */
export function lastConversation(conversation, turn) {
  return element("div", { class: "last" },
    element("p", { class: "last-head" }, about(conversation), " · ", element("a", { href: `/admin/conversations/${conversation.id}` }, words("admin.last.conversation"))),
    element("div", { class: "last-parts" },
      element("div", {}, said(turn), facts(turn), element("h3", {}, words("admin.turn.sources")), sources(turn.sources)),
      element("div", {}, element("h3", {}, words("admin.turn.timeline")), waterfall(turn),
        element("a", { class: "button", href: `/admin/turns/${turn.id}` }, words("admin.last.turn")))));
}

function about({ updated_at: at, turns, language, cost, ...vehicle }) {
  const whole = words(turns === 1 ? "admin.last.question" : "admin.last.questions", { count: turns, cost: costOf(cost).text });
  const told = [momentOf(new Date(at)), language && languageOf({ language }), vehicleOf(vehicle), whole];
  return told.filter(Boolean).join(" · ");
}
