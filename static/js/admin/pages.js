import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { attempt } from "./opening.js";
import { query } from "./span.js";

/** Rows that come page by page: `draw(rows)` shows all that have come, and "More" fetches the next page. */
export function pages(path, rowsOf, draw) {
  let rows = [];
  let next = null;

  function show(page) {
    rows = [...rows, ...rowsOf(page)];
    next = page.next;
    byId("more").hidden = next === null;
    draw(rows);
  }

  async function more() {
    byId("more").disabled = true;
    try {
      show(await call("GET", `${path}?${query({ before: next })}`));
    } finally {
      byId("more").disabled = false;
    }
  }

  byId("more").addEventListener("click", () => attempt(more));
  return {
    begin(page) {
      rows = [];
      show(page);
    },
  };
}
