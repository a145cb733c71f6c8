import { call } from "../shared/calls.js";
import { dayOf, timeOf, wallClock } from "../shared/dates.js";
import { button, byId, element, icon } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { calendarLink } from "./card_parts.js";

const ICONS = { booked: "calendar", done: "check", cancelled: "close" };

/** The customer's own appointments. `tell` is asked to `ask(text)`: changes are made in the chat. */
export async function openAppointments(tell) {
  show(element("div", { class: "skeleton" }, element("span"), element("span"), element("span")));
  openSheet(byId("appointments"));
  try {
    const found = await call("GET", "/api/v1/appointments");
    show(...(found.length ? parts(found, tell) : nothing(tell)));
  } catch {
    show(note("failed"), button(words("common.retry"), () => openAppointments(tell)));
  }
}

function show(...content) {
  byId("appointments-list").replaceChildren(...content);
}

function note(key) {
  return element("p", { class: "muted" }, words(`chat.appointments.${key}`));
}

function nothing(tell) {
  return [note("empty"), note("guest"), say("find", {}, tell)];
}

/** What is to come, the next one first; then what is over or was cancelled, the latest first. */
function parts(found, tell) {
  const ahead = found.filter(({ state }) => state === "booked");
  const past = found.filter(({ state }) => state !== "booked").reverse();
  return [
    part("ahead", ahead.length ? list("ahead", ahead, tell) : note("none_ahead")),
    past.length ? part("past", list("past", past, tell)) : null,
  ].filter(Boolean);
}

function part(key, content) {
  return element("section", { class: "appointments" },
    element("h3", { id: `appointments-${key}` }, words(`chat.appointments.${key}`)), content);
}

function list(key, found, tell) {
  return element("ul", { "aria-labelledby": `appointments-${key}` }, found.map((each) => row(each, tell)));
}

function row(each, tell) {
  const { id, reference, service, vehicle, state } = each;
  const heading = `appointment-${id}`;
  return element("li", { class: "appointment", "data-state": state },
    element("h4", { id: heading }, when(each)),
    element("p", {}, [service, vehicle].filter(Boolean).join(", ")),
    element("p", { class: "muted" }, words("chat.appointments.reference", { reference })),
    element("p", { class: "card-state" }, icon(ICONS[state]), words(`chat.appointments.state.${state}`)),
    state === "done" ? null : element("div", { class: "buttons" }, calendarLink(id, heading), changes(each, heading, tell)));
}

function when({ start, end }) {
  const [from, to] = [wallClock(start), wallClock(end)];
  return `${dayOf(from)}, ${timeOf(from)} – ${timeOf(to)}`;
}

/** Only what has not begun can be changed. */
function changes({ reference, start, state }, describedBy, tell) {
  if (state !== "booked" || new Date(start) <= new Date()) return null;
  return ["move", "cancel"].map((key) => say(key, { reference }, tell, describedBy));
}

/** A button that says its wish in the chat. */
function say(key, values, tell, describedBy = null) {
  return button(words(`chat.appointments.${key}`), () => {
    byId("appointments").close();
    tell.ask(words(`chat.appointments.${key}.message`, values));
  }, { "aria-describedby": describedBy });
}
