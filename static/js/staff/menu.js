import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";

/** The menu in the head of every staff page. */
export function bindStaffMenu() {
  bindPreferences();
  document.querySelector(".staff-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  byId("sign-out").addEventListener("click", signOut);
}

/** And back here afterwards. */
export function toSignIn() {
  location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function signOut() {
  try {
    await call("POST", "/api/v1/auth/logout");
  } finally {
    location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  }
}
