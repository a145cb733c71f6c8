import { call } from "../../shared/calls.js";
import { timeOf } from "../../shared/dates.js";
import { showDenied } from "../../shared/denied.js";
import { button, byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { bindStaffMenu, toSignIn } from "../../staff/menu.js";
import { dayBars, ratingRows, reasonRows, tiles } from "./figures.js";

const EVERY = 60_000;

bindStaffMenu();
byId("refresh").addEventListener("click", refresh);
setInterval(() => document.hidden || load(), EVERY);
load();

async function refresh() {
  byId("refresh").disabled = true;
  await load();
  byId("refresh").disabled = false;
  byId("refresh").focus();
  byId("status").textContent = words("desk.overview.refreshed", { time: timeOf(new Date()) });
}

async function load() {
  try {
    show(await call("GET", "/api/v1/desk/overview"));
  } catch (refused) {
    if (refused.status === 401) return toSignIn();
    if (showDenied(refused, byId("overview"), "desk.denied.")) return;
    const again = button(words("common.retry"), refresh);
    byId("problem").replaceChildren(element("div", { class: "empty notice caution" }, element("p", {}, words("common.unreachable")), again));
  }
  byId("overview").hidden = false;
}

function show(overview) {
  byId("problem").replaceChildren();
  byId("tiles").replaceChildren(...tiles(overview));
  byId("days").replaceChildren(dayBars(overview.days));
  byId("days").querySelector(".days").scrollLeft = Number.MAX_SAFE_INTEGER;
  byId("reasons").replaceChildren(reasonRows(overview.reasons));
  byId("ratings").replaceChildren(ratingRows(overview.ratings));
}
