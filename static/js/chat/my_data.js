import { call, Refused } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { forgetAll } from "../shared/storage.js";
import { hasWords, words } from "../shared/words.js";
import { goTo } from "./session.js";

/** What is stored and for how long; to download, or to delete. */
export function openMyData() {
  const sheet = byId("my-data");
  if (!sheet.dataset.ready) bind(sheet);
  openSheet(sheet);
}

function bind(sheet) {
  sheet.dataset.ready = "true";
  byId("erase-open").addEventListener("click", openErase);
  byId("erase-form").addEventListener("submit", erase);
}

/** Whoever is signed in gives the password once more; a guest confirms. */
function openErase() {
  const isGuest = byId("sign-out").hidden;
  byId("erase-form").reset();
  byId("erase-password-field").hidden = isGuest;
  byId("erase-appointments-field").hidden = true;
  explain("");
  openSheet(byId("erase"));
  if (!isGuest) byId("erase-password").focus();
}

async function erase(event) {
  event.preventDefault();
  const yes = byId("erase-yes");
  if (yes.getAttribute("aria-busy") === "true") return;
  yes.setAttribute("aria-busy", "true");
  explain("");
  try {
    await call("DELETE", "/api/v1/me/data", wish());
    beginAnew();
  } catch (refused) {
    if (refused instanceof Refused && refused.status === 404) beginAnew();
    else refuse(refused.code);
  } finally {
    yes.removeAttribute("aria-busy");
  }
}

function wish() {
  const appointments = byId("erase-appointments").checked ? "cancel" : "keep";
  return { password: byId("erase-password").value, appointments };
}

/** Nothing of what was written stays in this browser either. */
function beginAnew() {
  forgetAll();
  goTo();
}

function refuse(code) {
  explain(words(hasWords(`chat.data.problem.${code}`) ? `chat.data.problem.${code}` : "chat.data.problem.failed"));
  if (code === "WrongPassword") show("erase-password");
  if (code === "AppointmentsAhead") show("erase-appointments");
}

function show(id) {
  byId(`${id}-field`).hidden = false;
  byId(id).focus();
}

function explain(text) {
  byId("erase-problem").textContent = text;
}
