import { byId, element } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { titleOf } from "./table.js";
import { moment, problemOf } from "./wording.js";

/** One delivery with every attempt and what is sent. */
export function showDetails({ delivery, attempts, body }) {
  byId("details-title").textContent = titleOf(delivery);
  byId("details-text").textContent = `${delivery.endpoint} · ${delivery.id}`;
  byId("attempts").replaceChildren(attempts.length ? list(attempts) : element("p", { class: "muted" }, words("deliveries.details.none")));
  byId("body").textContent = body ? JSON.stringify(JSON.parse(body), null, 2) : words("deliveries.details.erased");
  openSheet(byId("details"));
  byId("details-title").focus();
}

function list(attempts) {
  return element("ol", {}, attempts.map((each) => element("li", {},
    [moment(each.created_at), problemOf(each) || `${words("deliveries.attempt.well")} (${each.status})`, `${each.took_ms} ms`].join(" · "))));
}
