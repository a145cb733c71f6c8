import { byId } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { reason } from "./wording.js";

const FIELDS = ["name", "url", "account", "inbox", "token", "events", "form"];

/** The dialog that makes or changes an endpoint; `save` gets its fields and the endpoint, if there is one. */
export function bindForm(save) {
  byId("format").addEventListener("change", showChatwoot);
  byId("form").addEventListener("submit", (event) => submit(event, save));
}

export function openForm(endpoint = null) {
  const form = byId("form");
  form.reset();
  form.endpoint = endpoint;
  FIELDS.forEach((field) => tell(field, ""));
  byId("form-title").textContent = endpoint ? words("deliveries.form.change", endpoint) : words("deliveries.form.new");
  fill(endpoint ?? { name: "", url: "", format: "generic", events: ["handoff.created"], options: {}, enabled: true });
  openSheet(byId("form-sheet"));
  byId("name").focus();
}

function fill({ name, url, format, events, options, enabled, origin }) {
  byId("name").value = name;
  byId("url").value = url;
  byId("url").readOnly = origin === "settings";
  byId("url-hint").hidden = !url;
  byId("token-hint").hidden = format !== "chatwoot";
  byId("format").value = format;
  byId("account").value = options.account_id ?? "";
  byId("inbox").value = options.inbox_id ?? "";
  byId("enabled").checked = enabled;
  for (const box of boxes()) box.checked = events.includes(box.value);
  showChatwoot();
}

function showChatwoot() {
  byId("chatwoot").hidden = byId("format").value !== "chatwoot";
}

async function submit(event, save) {
  event.preventDefault();
  const wish = wanted();
  FIELDS.forEach((field) => tell(field, ""));
  if (!wish.name) return complain("name", "deliveries.form.name_missing");
  if (!wish.url) return complain("url", "deliveries.form.url_missing");
  if (!wish.events.length) return complain("events", "deliveries.form.events_missing", boxes()[0]);
  byId("save").disabled = true;
  try {
    await save(wish, byId("form").endpoint);
  } catch (refused) {
    tell("form", reason(refused));
  } finally {
    byId("save").disabled = false;
  }
}

function wanted() {
  const format = byId("format").value;
  const wish = {
    name: byId("name").value.trim(), url: byId("url").value.trim(), format,
    events: boxes().filter((box) => box.checked).map((box) => box.value), enabled: byId("enabled").checked,
  };
  if (format !== "chatwoot") return wish;
  const numbers = { account_id: Number(byId("account").value), inbox_id: Number(byId("inbox").value) };
  return { ...wish, chatwoot: numbers, token: byId("token").value || null };
}

function boxes() {
  return [...document.querySelectorAll("[name=events]")];
}

function complain(field, key, at = byId(field)) {
  tell(field, words(key));
  at.focus();
}

function tell(field, problem) {
  byId(`${field}-problem`).textContent = problem;
}
