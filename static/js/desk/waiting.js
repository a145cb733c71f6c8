import { page } from "../shared/page.js";
import { words } from "../shared/words.js";

const SVG = "http://www.w3.org/2000/svg";
const MINUTE = 60_000;
const HALF = 0.5;
const units = new Map();

/** "4 min", "2 h", "3 days": the largest unit that fits, never below a minute. */
export function spanOf(milliseconds) {
  const minutes = Math.max(1, Math.round(milliseconds / MINUTE));
  if (minutes < 60) return inUnit(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? inUnit(hours, "hour") : inUnit(Math.round(hours / 24), "day");
}

function inUnit(count, unit) {
  if (!units.has(unit)) {
    const display = unit === "day" ? "long" : "short";
    units.set(unit, new Intl.NumberFormat(page.language, { style: "unit", unit, unitDisplay: display }));
  }
  return units.get(unit).format(count);
}

/** How a waiting handoff stands against its target: `share` used, `level` calm, soon or late, and words for both. */
export function waitOf({ opened_at: opened, target_at: target }, now = Date.now()) {
  const [begun, due] = [Date.parse(opened), Date.parse(target)];
  const share = due > begun ? (now - begun) / (due - begun) : 1;
  const level = now >= due ? "late" : share >= HALF ? "soon" : "calm";
  const text = level === "late" ? "desk.wait.late" : "desk.wait.due";
  return { share: Math.min(Math.max(share, 0), 1), level, waited: spanOf(now - begun), text: words(text, { span: spanOf(Math.abs(due - now)) }) };
}

/** A small clock whose ring fills as the time to claim is used up. */
export function ring(share) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["class", "ring"], ["viewBox", "0 0 20 20"], ["aria-hidden", "true"]]) drawing.setAttribute(name, value);
  drawing.append(circle("ring-whole", "100 100"), circle("ring-used", `${Math.round(share * 100)} 100`));
  return drawing;
}

function circle(name, dashes) {
  const drawn = document.createElementNS(SVG, "circle");
  const attributes = { class: name, cx: 10, cy: 10, r: 8, pathLength: 100, "stroke-dasharray": dashes };
  for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
  return drawn;
}
