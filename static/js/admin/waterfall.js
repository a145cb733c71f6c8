import { element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { named } from "../staff/names.js";
import { numberOf, timeOf } from "./figures.js";

/** Steps one under the other, each where it stood in time; a list for whoever reads it aloud. */
export function waterfall({ timeline, timeline_origin: origin }) {
  const whole = Math.max(1, ...timeline.map(({ at_ms: at, took_ms: took }) => at + took));
  if (!timeline.length) return element("p", { class: "muted" }, words("admin.turn.no_timeline"));
  return element("div", { class: "waterfall" },
    element("div", { class: "waterfall-scale", "aria-hidden": "true" }, [0, 0.5, 1].map((part) => element("span", {}, timeOf(whole * part)))),
    element("ol", {}, timeline.map((step) => row(step, whole))),
    element("p", { class: "hint" }, words(`admin.timeline.${origin}`)));
}

function row(step, whole) {
  const { name, at_ms: at, took_ms: took } = step;
  const bar = element("span", { class: "waterfall-bar", "data-step": name });
  bar.style.insetInlineStart = `${(at / whole) * 100}%`;
  bar.style.inlineSize = `${(took / whole) * 100}%`;
  return element("li", {},
    element("span", { class: "waterfall-name" }, element("span", {}, named("admin.step.", name)), detail(step)),
    element("span", { class: "waterfall-track", "aria-hidden": "true" }, bar),
    element("span", { class: "waterfall-time" }, element("span", { class: "hidden" }, words("admin.timeline.after", { time: timeOf(at) })), timeOf(took)));
}

function detail({ about }) {
  const told = Object.entries(about).filter(([name, value]) => name !== "attempt" || value > 1).map(([name, value]) => fact(name, value));
  return told.length ? element("span", { class: "waterfall-about" }, told.join(" · ")) : null;
}

const WORDS = { agent: "staff.agent.", method: "staff.method.", escalation: "staff.reason.", action: "staff.verdict.", failure: "staff.doubt." };

function fact(name, value) {
  if (name.endsWith("_ms")) return `${named("admin.about.", name)} ${timeOf(value)}`;
  const told = typeof value === "number" ? numberOf(Math.round(value * 1000) / 1000) : named(WORDS[name] ?? "admin.value.", String(value));
  return name === "model" || name === "kind" || name === "tool" ? told : `${named("admin.about.", name)} ${told}`;
}
