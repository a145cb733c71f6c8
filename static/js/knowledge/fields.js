import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";

/** A form's filled-in fields, the year as a number; null, said beside the field, if it is none. */
export function fieldsOf(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim()) fields[name] = value.trim();
  }
  return withYear(form, fields);
}

function withYear(form, fields) {
  const field = form.elements.namedItem("year");
  const year = Number(fields.year);
  const wrong = fields.year !== undefined && !(Number.isInteger(year) && year >= 1950 && year <= 2100);
  field.setAttribute("aria-invalid", String(wrong));
  byId(`${field.id}-problem`).textContent = wrong ? words("knowledge.field.year_error") : "";
  if (wrong) {
    field.focus();
    return null;
  }
  return fields.year === undefined ? fields : { ...fields, year };
}
