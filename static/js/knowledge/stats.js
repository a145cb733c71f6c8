import { call } from "../shared/calls.js";
import { byId, element } from "../shared/elements.js";
import { page } from "../shared/page.js";

const number = new Intl.NumberFormat(page.language);

/** The counts above the page, and the models that the fields offer. */
export async function showStats() {
  const stats = await call("GET", "/api/v1/documents/stats");
  const models = Object.keys(stats.documents_by_model).filter((model) => model !== "any");
  show("documents", number.format(stats.documents));
  show("passages", number.format(stats.chunks));
  show("models", models.join(", ") || "–");
  show("languages", Object.keys(stats.documents_by_language).join(", ") || "–");
  byId("models").replaceChildren(...models.map((model) => element("option", { value: model })));
}

function show(name, text) {
  byId(`stat-${name}`).textContent = text;
}
