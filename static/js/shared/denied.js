import { Refused } from "./calls.js";
import { byId } from "./elements.js";
import { words } from "./words.js";

/** Nobody, or not this account: say so in place of `content`, with the next step. False for any other failure. */
export function showDenied(refused, content, key) {
  if (!(refused instanceof Refused) || ![401, 403].includes(refused.status)) return false;
  const reason = refused.status === 401 ? "signed_out" : "not_allowed";
  content.hidden = true;
  byId("denied").hidden = false;
  byId("denied-title").textContent = words(`${key}${reason}.title`);
  byId("denied-text").textContent = words(`${key}${reason}.text`);
  byId("denied-link").textContent = words(reason === "signed_out" ? "common.sign_in" : "common.switch_account");
  return true;
}
