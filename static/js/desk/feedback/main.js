import { call } from "../../shared/calls.js";
import { showDenied } from "../../shared/denied.js";
import { button, byId, element } from "../../shared/elements.js";
import { words } from "../../shared/words.js";
import { bindStaffMenu, toSignIn } from "../../staff/menu.js";
import { feedbackEntry, gapEntry } from "./entries.js";

const AT_ONCE = 20;
const shows = [...document.querySelectorAll("[data-show]")];
const gapStates = [...document.querySelectorAll("[data-gap]")];
let show = shows.map((each) => each.dataset.show).find((each) => each === new URLSearchParams(location.search).get("show")) ?? "all";
let gapState = "open";
let listed = [];

bindStaffMenu();
for (const each of shows) each.addEventListener("click", () => choose(each.dataset.show));
for (const each of gapStates) each.addEventListener("click", () => chooseGaps(each.dataset.gap));
choose(show);

function choose(wanted) {
  show = wanted;
  press(shows, "show", wanted);
  byId("gap-states").hidden = wanted !== "gaps";
  const url = new URL(location.href);
  url.searchParams.set("show", wanted);
  history.replaceState(null, "", url);
  return load();
}

function chooseGaps(state) {
  gapState = state;
  press(gapStates, "gap", state);
  return load();
}

function press(buttons, name, value) {
  for (const each of buttons) {
    each.setAttribute("aria-pressed", String(each.dataset[name] === value));
    if (each.dataset[name] === value) each.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** The chosen list from its beginning; an answer that comes after another choice is not shown. */
async function load() {
  const asked = path();
  try {
    const found = await call("GET", asked);
    if (asked !== path()) return;
    listed = found;
    draw();
  } catch (refused) {
    if (asked === path()) refusedWith(refused);
  }
  byId("feedback").hidden = !byId("denied").hidden;
}

function path() {
  if (show === "gaps") return `/api/v1/knowledge-gaps?state=${gapState}`;
  return `/api/v1/feedback?limit=${AT_ONCE}${show === "all" ? "" : `&rating=${show}`}`;
}

async function more() {
  const last = listed.at(-1).created_at;
  try {
    listed = [...listed, ...(await call("GET", `${path()}&before=${encodeURIComponent(last)}`))];
    draw();
  } catch (refused) {
    refusedWith(refused);
  }
}

function refusedWith(refused) {
  if (refused.status === 401) return toSignIn();
  if (showDenied(refused, byId("feedback"), "desk.denied.")) return;
  const again = button(words("common.retry"), load);
  byId("entries").replaceChildren(element("div", { class: "empty notice caution" }, element("p", {}, words("common.unreachable")), again));
}

function draw() {
  const isGaps = show === "gaps";
  const entries = listed.map((each) => (isGaps ? gapEntry(each, close) : feedbackEntry(each)));
  byId("entries").replaceChildren(...(entries.length ? entries : [empty(isGaps)]));
  const hasMore = !isGaps && listed.length > 0 && listed.length % AT_ONCE === 0;
  byId("more").replaceChildren(...(hasMore ? [button(words("desk.feedback.more"), more)] : []));
}

function empty(isGaps) {
  const key = isGaps ? `desk.gap.empty.${gapState}` : "desk.feedback.empty";
  return element("div", { class: "card empty" }, element("strong", {}, words(key)),
    element("p", { class: "muted" }, words(isGaps ? "desk.gap.empty.text" : "desk.feedback.empty.text")));
}

async function close({ message_id: messageId }) {
  try {
    await call("POST", `/api/v1/knowledge-gaps/${messageId}/close`);
    await load();
    byId("status").textContent = words("desk.gap.closed");
    byId("list-title").focus();
  } catch (refused) {
    refusedWith(refused);
  }
}
