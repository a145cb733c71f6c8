import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { nameOf } from "../staff/placeholders.js";
import { Missing, openForm } from "./forms.js";
import { announce } from "./status.js";

/** Ask why, then show one value in place; the server keeps who asked for what, and why. */
export function askReveal(placeholder, conversationId, masked) {
  byId("reveal-title").textContent = words("desk.reveal.title", { what: nameOf(placeholder) });
  openForm(byId("reveal"), async ({ why, reason }) => {
    const said = [why, reason?.trim()].filter(Boolean).join(": ");
    if (!said) throw new Missing(words("desk.reveal.missing"));
    const { value } = await call("POST", `/api/v1/conversations/${conversationId}/reveal`, { placeholder, reason: said });
    masked.show(placeholder, value);
    announce(words("desk.revealed", { what: nameOf(placeholder), value }));
    byId("reveal").addEventListener("close", () => focusOn(placeholder), { once: true });
  });
}

function focusOn(placeholder) {
  const shown = [...document.querySelectorAll(".revealed")].find((each) => each.dataset.placeholder === placeholder);
  shown?.focus({ preventScroll: true });
}
