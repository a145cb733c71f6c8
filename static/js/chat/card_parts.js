import { button, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

const KINDS = new Map([
  ["slots", "calendar"], ["action", "calendar"], ["appointments", "calendar"], ["code", "key"], ["diagnosis", "wrench"],
]);
const STATES = new Map([
  ["working", "clock"], ["confirmed", "check"], ["declined", "close"], ["expired", "clock"],
  ["replaced", "history"], ["failed", "caution"],
]);
const SEVERITIES = new Map([["info", "info"], ["soon", "clock"], ["urgent", "caution"], ["stop", "halt"]]);
const STYLES = new Set(["primary", "danger"]);

/** A field as text, or "" when it is none. */
export const textOf = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** A field as a list of objects; whatever else stands in it is left out. */
export const listOf = (value) => (Array.isArray(value) ? value.filter((each) => each && typeof each === "object") : []);

export const isKnownState = (state) => STATES.has(state);
export const isKnownSeverity = (severity) => SEVERITIES.has(severity);

export const kindIcon = (kind) => (KINDS.has(kind) ? icon(KINDS.get(kind)) : null);

/** What became of a card, as a word with a sign; null while it is open. */
export function stateLine(state) {
  if (!STATES.has(state)) return null;
  return element("span", { class: "card-state" }, icon(STATES.get(state)), words(`chat.card.state.${state}`));
}

/** How serious it is, as a word with a sign. */
export function severityLine(severity) {
  if (!SEVERITIES.has(severity)) return null;
  return element("p", { class: "card-severity" }, icon(SEVERITIES.get(severity)), words(`chat.card.severity.${severity}`));
}

export function factsOf(facts) {
  const rows = listOf(facts).filter(({ label, value }) => textOf(label) && textOf(value));
  if (!rows.length) return null;
  return element("dl", { class: "card-facts" }, rows.map(({ label, value }) =>
    element("div", {}, element("dt", {}, textOf(label)), element("dd", {}, textOf(value)))));
}

/** A heading with a list, its buttons and its calendar file. `press` is null when nothing is open. */
export function sectionOf(section, id, press) {
  const title = textOf(section.title);
  const items = Array.isArray(section.items) ? section.items.map(textOf).filter(Boolean) : [];
  const buttons = [...(press ? choicesOf(section.choices, press, title && id) : []), calendarLink(section.download, title && id)];
  const shown = buttons.filter(Boolean);
  return element("li", { class: "card-section" },
    title ? element("h3", { id }, title) : null,
    items.length ? element("ul", { class: "card-items" }, items.map((item) => element("li", {}, item))) : null,
    shown.length ? element("div", { class: "buttons" }, shown) : null);
}

export function calendarLink(download, describedBy) {
  const id = textOf(download);
  if (!id) return null;
  const href = `/api/v1/appointments/${encodeURIComponent(id)}.ics`;
  return element("a", {
    class: "button", href, download: true, "data-key": `download ${id}`, "aria-describedby": describedBy || null,
  }, icon("download"), words("chat.card.calendar"));
}

/** The free times of one day. */
export function groupOf(group, id, press) {
  const label = textOf(group.label);
  const times = choicesOf(group.choices, press).map((each) => element("li", {}, each));
  if (!times.length) return null;
  return element("li", { class: "card-group" },
    label ? element("h3", { id }, label) : null,
    element("ul", { class: "card-times", "aria-labelledby": label ? id : null }, times));
}

/** Buttons; only the first that wants to be the main one is. */
export function choicesOf(choices, press, describedBy) {
  let hasPrimary = false;
  return listOf(choices).filter(({ choice, label }) => textOf(choice) && textOf(label)).map((each) => {
    const isSecond = each.style === "primary" && hasPrimary;
    hasPrimary ||= each.style === "primary";
    const style = STYLES.has(each.style) && !isSecond ? ` ${each.style}` : "";
    return button(textOf(each.label), (event) => press(event.currentTarget, textOf(each.choice), textOf(each.label)), {
      class: `button${style}`, "data-key": `choice ${textOf(each.choice)}`, "aria-describedby": describedBy || null,
    });
  });
}
