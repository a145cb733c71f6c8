import { Refused, Unreachable } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { hasWords, words } from "../shared/words.js";

/** Something the reader has to put right before it is sent. */
export class Missing extends Error {}

/**
 * Open a dialog's form, empty. `work(fields)` does what it is for; what it throws is said in the dialog, which
 * stays open with everything typed.
 */
export function openForm(dialog, work) {
  const form = dialog.querySelector("form");
  form.reset();
  tell(dialog, "");
  form.onsubmit = (event) => submit(event, dialog, form, work);
  openSheet(dialog);
}

async function submit(event, dialog, form, work) {
  event.preventDefault();
  const yes = form.querySelector("[type=submit]");
  if (yes.disabled) return;
  yes.disabled = true;
  tell(dialog, "");
  try {
    await work(Object.fromEntries(new FormData(form)));
    dialog.close();
  } catch (refused) {
    tell(dialog, refused instanceof Missing ? refused.message : problemOf(refused));
  } finally {
    yes.disabled = false;
  }
}

function tell(dialog, problem) {
  dialog.querySelector("[data-problem]").textContent = problem;
}

/** What went wrong, in words of the page. */
export function problemOf(refused) {
  if (refused instanceof Unreachable) return words("common.unreachable");
  if (!(refused instanceof Refused)) throw refused;
  const known = `desk.problem.${refused.code}`;
  if (hasWords(known)) return words(known);
  return refused.status < 500 && refused.message ? refused.message : words("common.failed");
}

/** A dialog whose note is there only if something was written. */
export const noteIn = ({ note }) => (note?.trim() ? { note: note.trim() } : {});

export const closeMenus = () => {
  for (const id of ["menu", "more-menu"]) byId(id).hidePopover?.();
};
