import { dateOf, timeOf } from "../shared/dates.js";
import { button, element } from "../shared/elements.js";
import { words } from "../shared/words.js";

const COLUMNS = ["key", "scopes", "created", "used", "state"];

/** All keys; `rotate` and `revoke` are called with the key whose button was pressed. */
export function keyTable(keys, actions) {
  const head = COLUMNS.map((name) => element("th", { scope: "col" }, words(`keys.column.${name}`)));
  const last = element("td", {}, element("span", { class: "hidden" }, words("keys.column.actions")));
  return element("div", { class: "table", tabindex: 0, role: "region", "aria-labelledby": "list-title" },
    element("table", {}, element("thead", {}, element("tr", {}, head, last)),
      element("tbody", {}, keys.map((key) => row(key, actions)))));
}

function row(key, { rotate, revoke }) {
  const live = isLive(key);
  const buttons = live && [
    button(words("keys.rotate"), () => rotate(key), { class: "button plain", "aria-label": words("keys.rotate_named", key) }),
    button(words("keys.revoke"), () => revoke(key), { class: "button plain", "aria-label": words("keys.revoke_named", key) }),
  ];
  return element("tr", { "data-live": String(live) },
    element("th", { scope: "row" }, element("strong", {}, key.name), element("span", { class: "muted" }, `${key.shown}…`)),
    element("td", {}, key.scopes.join(", ")),
    element("td", { "data-label": words("keys.column.created") }, moment(key.created_at)),
    element("td", { "data-label": words("keys.column.used") }, key.last_used_at ? moment(key.last_used_at) : words("keys.never_used")),
    element("td", {}, stateOf(key)),
    element("td", {}, element("span", { class: "actions" }, buttons || [])));
}

function isLive({ revoked_at: revoked, expires_at: expires }) {
  return !revoked && (!expires || new Date(expires) > new Date());
}

function stateOf(key) {
  if (key.revoked_at) return words("keys.state.revoked");
  if (!key.expires_at) return words("keys.state.live");
  return words(isLive(key) ? "keys.state.until" : "keys.state.expired", { moment: moment(key.expires_at) });
}

function moment(text) {
  const when = new Date(text);
  return `${dateOf(when)}, ${timeOf(when)}`;
}
