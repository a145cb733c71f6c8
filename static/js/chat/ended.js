import { button, byId, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { callLink } from "./answer.js";
import { signOut } from "./menu.js";
import { goTo } from "./session.js";

/** The chat cannot go on here: say why, and offer the next step. */
export function showEnded(reason) {
  const card = element("section", { class: "card ended", tabindex: -1, "aria-labelledby": "ended-title" },
    element("h2", { id: "ended-title" }, words(`chat.ended.${reason}.title`)),
    element("p", { class: "muted" }, words(`chat.ended.${reason}.text`)),
    element("div", { class: "buttons" }, ...nextSteps(reason)));
  byId("dock").hidden = true;
  byId("start").hidden = true;
  byId("skeleton").hidden = true;
  document.querySelector(".ended")?.remove();
  byId("transcript").after(card);
}

function nextSteps(reason) {
  if (reason === "signed_out") return [signInLink(), button(words("chat.ended.signed_out.guest"), signOut)];
  const anew = button(words("chat.new"), () => goTo(), { class: "button primary" });
  return reason === "missing" ? [anew, callLink("button")] : [callLink("button primary")];
}

function signInLink() {
  const next = encodeURIComponent(location.pathname + location.search);
  return element("a", { class: "button primary", href: `/login?next=${next}` }, words("common.sign_in"));
}
