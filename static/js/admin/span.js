import { byId } from "../shared/elements.js";

/** The filters of a page are the fields of `#filters`; they stand in the address too. `changed()` is called after a change. */
export function bindFilters(changed) {
  const form = byId("filters");
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    if (!form.reportValidity()) return;
    const address = new URL(location.href);
    address.search = query();
    history.replaceState(null, "", address);
    changed();
  });
}

/** As a query: `from=2026-01-01&agent=specs`; empty fields are left out. */
export function query(more = {}) {
  const given = [...new FormData(byId("filters")), ...Object.entries(more)];
  return new URLSearchParams(given.filter(([, value]) => value !== "" && value !== null)).toString();
}

/** The days the server has taken, into fields that were left empty. */
export function showSpan({ from, to }) {
  const form = byId("filters");
  if (!form.elements.from.value) form.elements.from.value = from;
  if (!form.elements.to.value) form.elements.to.value = to;
}

/** An export link gives what the page shows. */
export function exportTo(id, path) {
  byId(id).href = path;
}
