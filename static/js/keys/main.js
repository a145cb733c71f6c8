import { call, Refused, Unreachable } from "../shared/calls.js";
import { showDenied } from "../shared/denied.js";
import { button, byId, element } from "../shared/elements.js";
import { bindSecret, hideSecret, revealSecret } from "../shared/secret.js";
import { words } from "../shared/words.js";
import { confirmed } from "../shared/sheets.js";
import { bindStaffMenu } from "../staff/menu.js";
import { keyTable } from "./table.js";

bindStaffMenu();
byId("create").addEventListener("submit", create);
bindSecret();
load();

async function load() {
  try {
    show(await call("GET", "/api/v1/keys"));
  } catch (refused) {
    if (showDenied(refused, byId("keys"), "keys.denied.")) return;
    showProblem();
  }
  byId("keys").hidden = false;
}

function show(keys) {
  const empty = element("p", { class: "muted" }, words("keys.list.empty"));
  byId("list").replaceChildren(keys.length ? keyTable(keys, { rotate, revoke }) : empty);
}

function showProblem() {
  const again = button(words("common.retry"), load);
  byId("list").replaceChildren(element("div", { class: "empty" }, element("p", {}, words("common.unreachable")), again));
}

async function create(event) {
  event.preventDefault();
  const form = new FormData(byId("create"));
  const name = form.get("name").trim();
  const scopes = form.getAll("scopes");
  tell("name", name ? "" : words("keys.new.name_missing"));
  tell("scopes", scopes.length ? "" : words("keys.new.scopes_missing"));
  tell("create", "");
  if (!name) return byId("name").focus();
  if (!scopes.length) return document.querySelector("[name=scopes]").focus();
  const days = form.get("days");
  byId("make").disabled = true;
  try {
    const made = await call("POST", "/api/v1/keys", { name, scopes, expires_in_days: days ? Number(days) : null });
    byId("create").reset();
    await showSecret(made);
  } catch (refused) {
    tell("create", reason(refused));
  } finally {
    byId("make").disabled = false;
  }
}

async function rotate({ id, name }) {
  const question = { title: words("keys.rotate.title", { name }), text: words("keys.rotate.text"), yes: words("keys.rotate") };
  if (await confirmed(question)) await attempt(async () => showSecret(await call("POST", `/api/v1/keys/${id}/rotate`, {})));
}

async function revoke({ id, name }) {
  const question = { title: words("keys.revoke.title", { name }), text: words("keys.revoke.text"), yes: words("keys.revoke") };
  if (!(await confirmed(question))) return;
  await attempt(async () => {
    await call("DELETE", `/api/v1/keys/${id}`);
    hideSecret();
    await load();
    byId("status").textContent = words("keys.revoked", { name });
    byId("list-title").focus();
  });
}

async function attempt(work) {
  tell("create", "");
  try {
    await work();
  } catch (refused) {
    tell("create", reason(refused));
  }
}

async function showSecret({ key, secret }) {
  revealSecret(words("keys.secret.title", { name: key.name }), secret);
  await load();
}

function tell(field, problem) {
  byId(`${field}-problem`).textContent = problem;
}

function reason(refused) {
  if (refused instanceof Unreachable) return words("common.unreachable");
  return refused instanceof Refused && refused.status < 500 ? refused.message : words("common.failed");
}
