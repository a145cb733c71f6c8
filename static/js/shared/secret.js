import { byId } from "./elements.js";
import { words } from "./words.js";

/** The panel on which a new secret is shown once; a page has it from the macro `secret_panel`. */
export function bindSecret() {
  byId("copy").addEventListener("click", copy);
  byId("secret-done").addEventListener("click", hideSecret);
}

export function revealSecret(title, secret) {
  byId("secret-title").textContent = title;
  byId("secret-text").textContent = secret;
  byId("secret").hidden = false;
  byId("secret").focus();
}

export function hideSecret() {
  byId("secret-text").textContent = "";
  byId("secret").hidden = true;
}

async function copy() {
  const secret = byId("secret-text");
  try {
    await navigator.clipboard.writeText(secret.textContent);
    byId("status").textContent = words("common.secret.copied");
  } catch {
    getSelection().selectAllChildren(secret);
  }
}
