const FIELDS = "input, textarea, select, [contenteditable]";

/** Single keys, never while somebody types, in a dialog or with a modifier held. `keys` is what each does. */
export function bindKeyboard(keys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || document.querySelector("[popover]:popover-open")) return;
    const isField = event.target.matches?.(FIELDS) && event.target.type !== "checkbox";
    if (isField && event.key !== "Escape") return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act(event.target, isField);
  });
}
