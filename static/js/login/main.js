import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { nextPath } from "../shared/next.js";
import { bindPreferences } from "../shared/preferences.js";
import { words } from "../shared/words.js";
import { AccountForm } from "./account_form.js";
import { Tabs } from "./tabs.js";

const next = nextPath();
const setupToken = new URLSearchParams(location.search).get("setup");

bindPreferences();
revealPasswords();
byId("guest").hidden = next !== "/chat" && !next.startsWith("/chat?");
byId("continue").href = next;
if (setupToken) setUp();
else enter();

function setUp() {
  byId("enter").hidden = true;
  byId("set-up").hidden = false;
  new AccountForm("setup", enterWith("/api/v1/auth/setup", { token: setupToken })).show();
}

async function enter() {
  const forms = {
    login: new AccountForm("login", enterWith("/api/v1/auth/login")),
    register: new AccountForm("register", enterWith("/api/v1/auth/register")),
  };
  new Tabs(forms);
  try {
    greet(await call("GET", "/api/v1/auth/me"));
  } catch {
    // Nobody is signed in: the forms are what is needed.
  }
}

function enterWith(path, extra = {}) {
  return async (fields) => {
    await call("POST", path, { ...fields, ...extra });
    location.assign(setupToken ? nextPath(location.search, "/knowledge") : next);
  };
}

function greet({ name }) {
  byId("enter").hidden = true;
  byId("inside").hidden = false;
  byId("inside-name").textContent = words("login.signed_in", { name });
  byId("sign-out").addEventListener("click", async () => {
    await call("POST", "/api/v1/auth/logout").catch(() => null);
    location.reload();
  });
}

function revealPasswords() {
  for (const toggle of document.querySelectorAll("[data-reveal]")) {
    const field = byId(toggle.dataset.reveal);
    const label = field.labels[0].textContent;
    toggle.addEventListener("click", () => {
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      toggle.textContent = words(shown ? "login.password.show" : "login.password.hide");
      toggle.setAttribute("aria-label", `${toggle.textContent}: ${label}`);
    });
  }
}
