import { Refused } from "../shared/calls.js";
import { timeOf } from "../shared/dates.js";
import { showDenied } from "../shared/denied.js";
import { button, byId, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { bindStaffMenu, toSignIn } from "../staff/menu.js";

/** Open an admins' page: `load()` fetches and draws. Answers a function that does it again. */
export function open(load) {
  bindStaffMenu();
  const again = () => attempt(load);
  byId("refresh")?.addEventListener("click", () => refresh(again));
  again();
  return again;
}

/** What is refused or cannot be reached is told on the page, with a way on. */
export async function attempt(load) {
  try {
    await load();
    byId("problem").replaceChildren();
    byId("admin").dataset.loaded = "true";
  } catch (refused) {
    if (refused instanceof Refused && refused.status === 401) return toSignIn();
    if (showDenied(refused, byId("admin"), "admin.denied.")) return;
    byId("problem").replaceChildren(problem(refused, () => attempt(load)));
  }
  byId("admin").hidden = false;
}

async function refresh(again) {
  byId("refresh").disabled = true;
  await again();
  byId("refresh").disabled = false;
  byId("refresh").focus();
  byId("status").textContent = words("admin.refreshed", { time: timeOf(new Date()) });
}

function problem(refused, again) {
  const next = button(words("common.retry"), again);
  if (!(refused instanceof Refused)) return notice(words("common.unreachable"), next);
  if (![404, 422].includes(refused.status)) return notice(words("common.failed"), next);
  if (byId("filters")) return notice(words("admin.bad_filter"), element("a", { class: "button", href: location.pathname }, words("admin.without_filters")));
  return notice(words("admin.missing"), element("a", { class: "button", href: "/admin/conversations" }, words("admin.conversation.back")));
}

function notice(text, next) {
  return element("div", { class: "empty notice caution", role: "alert" }, element("p", {}, text), next);
}
