import { dateOf, timeOf, wallClock } from "../shared/dates.js";
import { byId, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { agentOf, named, reasonOf, vehicleOf } from "../staff/names.js";
import { plain } from "../staff/placeholders.js";
import { trailOf } from "./trail.js";

/** Beside the conversation: what the assistant wrote about it, who the customer is, and what happened before. */
export class Context {
  #masked;
  #isOnline = false;
  #written = "";

  constructor(masked) {
    this.#masked = masked;
  }

  clear() {
    this.#isOnline = false;
    this.#written = "";
    byId("context-body").replaceChildren(element("div", { class: "skeleton", "aria-hidden": "true" }, element("span"), element("span"), element("span")));
  }

  show(handoff) {
    const { summary, context, trail, notes, earlier, similar, outcome_note: outcomeNote } = handoff;
    const { signed_in: signedIn, cars, appointments } = context;
    byId("context-body").replaceChildren(...[
      this.#summary(summary ?? {}),
      outcomeNote ? section("outcome", element("p", {}, this.#masked.nodes(outcomeNote))) : null,
      section("customer", facts([
        ["desk.customer.account", words(signedIn ? "desk.customer.signed_in" : "desk.customer.guest")],
        ["desk.customer.chat", element("span", { class: "presence", id: "customer-presence" })],
        ["desk.customer.cars", carsOf(cars, handoff)],
      ])),
      section("bookings", bookings(appointments)),
      notes?.length ? section("notes", element("ul", { class: "lines notes" }, notes.map((note) => this.#note(note)))) : null,
      trail?.length ? folded("trail", trailOf(trail)) : null,
      earlier?.length ? folded("earlier", this.#cases(earlier)) : null,
      similar?.length ? folded("similar", this.#cases(similar)) : null,
    ].filter(Boolean));
    this.showPresence(this.#isOnline);
    if (this.#written) this.showSummary(this.#written);
  }

  /** Whether the customer has the chat open; it may be known before anything else is. */
  showPresence(isOnline) {
    this.#isOnline = isOnline;
    const shown = byId("customer-presence");
    if (!shown) return;
    shown.dataset.state = isOnline ? "online" : "away";
    shown.textContent = words(isOnline ? "desk.presence.online" : "desk.presence.away");
  }

  /** In a model's words, once they are there. */
  showSummary(text) {
    this.#written = text;
    byId("summary-text")?.replaceChildren(...this.#masked.nodes(text));
  }

  #summary({ text, question, tried = [], results = [] }) {
    const list = (key, items) => items.length && [element("h4", {}, words(key)), element("ul", { class: "bullets" }, items.map((each) => element("li", {}, this.#masked.nodes(String(each)))))];
    const told = tried.map((each) => plain(each.replace(/^(\w+): /, (_, who) => `${agentOf(who)}: `)));
    return section("summary",
      element("p", { class: "byline muted" }, icon("spark"), words("desk.summary.byline")),
      element("p", { id: "summary-text" }, this.#masked.nodes(text || words("desk.context.summary.none"))),
      question ? [element("h4", {}, words("desk.summary.question")), element("p", {}, this.#masked.nodes(question))] : [],
      list("desk.summary.tried", told) || [], list("desk.summary.results", results) || []);
  }

  #note({ author, text, created_at: at }) {
    const when = new Date(at);
    return element("li", {}, element("p", {}, this.#masked.nodes(text)), element("span", { class: "muted" }, `${author}, ${dateOf(when)}, ${timeOf(when)}`));
  }

  #cases(cases) {
    return element("ul", { class: "lines" }, cases.map((each) => element("li", {},
      element("p", {}, element("strong", {}, reasonOf(each)), " ", element("span", { class: "muted" }, each.reference)),
      each.question ? element("p", {}, this.#masked.nodes(each.question)) : null,
      element("p", { class: "muted" }, [each.outcome ? named("desk.outcome.", each.outcome) : null, each.resolved_at ? dateOf(new Date(each.resolved_at)) : null].filter(Boolean).join(" · ")),
      each.note ? element("p", { class: "case-note" }, this.#masked.nodes(each.note)) : null)));
  }
}

function section(key, ...content) {
  return element("section", { class: "facts", "aria-labelledby": `facts-${key}` },
    element("h3", { id: `facts-${key}` }, words(`desk.context.${key}`)), content.flat());
}

/** What is looked at now and then. */
function folded(key, content) {
  return element("details", { class: "facts", open: key === "trail" }, element("summary", {}, element("h3", {}, words(`desk.context.${key}`))), content);
}

function facts(pairs) {
  return element("dl", { class: "fact-list" }, pairs.map(([key, value]) => element("div", {}, element("dt", {}, words(key)), element("dd", {}, value))));
}

/** What the workshop knows, or what the talk is about. */
function carsOf(cars, handoff) {
  if (!cars) return words("desk.context.unreachable");
  return cars.map(vehicleOf).join(", ") || vehicleOf(handoff) || words("desk.customer.no_car");
}

/** Null is a calendar that could not be asked. */
function bookings(appointments) {
  if (!appointments) return element("p", { class: "muted" }, words("desk.context.unreachable"));
  return appointments.length ? element("ul", { class: "lines" }, appointments.map(bookingOf)) : none("bookings");
}

function bookingOf({ reference, service, start, state }) {
  const at = wallClock(start);
  return element("li", {}, element("p", {}, element("strong", {}, service)),
    element("span", { class: "muted" }, `${dateOf(at)}, ${timeOf(at)} · ${named("desk.booking.", state)} · ${reference}`));
}

const none = (key) => element("p", { class: "muted" }, words(`desk.context.${key}.none`));
