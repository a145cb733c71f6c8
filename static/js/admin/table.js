import { element } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";

const collator = new Intl.Collator(page.language, { numeric: true });

/**
 * A table that sorts by the head of a column. A column has `key`, `head`, `show(row)`, and, where it sorts,
 * `value(row)`; `figure` puts it to the right. The first column names its row.
 */
export function table(label, columns, rows, empty) {
  if (!rows.length) return element("p", { class: "muted" }, empty);
  const body = element("tbody");
  const heads = columns.map((column) => head(column, (pressed) => sort(pressed, column)));
  let sorted = { column: null, down: false };

  function sort(pressed, column) {
    const down = sorted.column === column ? !sorted.down : Boolean(column.figure);
    sorted = { column, down };
    for (const each of heads) if (each.hasAttribute("aria-sort")) each.setAttribute("aria-sort", "none");
    pressed.closest("th").setAttribute("aria-sort", down ? "descending" : "ascending");
    fill([...rows].sort((one, other) => compared(column.value(one), column.value(other), down)));
  }

  function fill(ordered) {
    body.replaceChildren(...ordered.map((row) => line(columns, row)));
  }

  fill(rows);
  return element("div", { class: "table", tabindex: 0, role: "region", "aria-labelledby": label },
    element("table", { class: "figures" }, element("thead", {}, element("tr", {}, heads)), body));
}

function head({ head: text, value, figure }, sort) {
  const attributes = { scope: "col", class: figure ? "figure" : null, "aria-sort": value ? "none" : null };
  if (!value) return element("th", attributes, text);
  return element("th", attributes,
    element("button", { type: "button", class: "sort", title: words("admin.sort"), onclick: (event) => sort(event.currentTarget) }, text));
}

function line(columns, row) {
  return element("tr", {}, columns.map(({ show, figure, head: text }, at) =>
    element(at ? "td" : "th", { scope: at ? null : "row", class: figure ? "figure" : null, "data-label": at ? text : null }, show(row))));
}

/** What is not known comes last either way. */
function compared(one, other, down) {
  if (one === null || other === null) return (one === null) - (other === null);
  const order = typeof one === "number" ? one - other : collator.compare(one, other);
  return down ? -order : order;
}
