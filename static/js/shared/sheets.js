import { byId } from "./elements.js";

/** Open a dialog; Esc, its close button or a click beside it close it, and focus goes back. */
export function openSheet(dialog) {
  if (!dialog.dataset.bound) bind(dialog);
  if (!dialog.open) dialog.showModal();
}

function bind(dialog) {
  dialog.dataset.bound = "true";
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

/** Ask before something that cannot be undone; answers true or false. */
export function confirmed({ title, text, yes }) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  openSheet(dialog);
  return new Promise((resolve) => {
    const agree = () => {
      dialog.removeEventListener("close", refuse);
      dialog.close();
      resolve(true);
    };
    const refuse = () => {
      byId("confirm-yes").removeEventListener("click", agree);
      resolve(false);
    };
    byId("confirm-yes").addEventListener("click", agree, { once: true });
    dialog.addEventListener("close", refuse, { once: true });
  });
}
