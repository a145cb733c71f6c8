import { drawn } from "../staff/drawing.js";

const [WIDTH, HEIGHT, EDGE] = [210, 28, 3];

/** A small line of values, oldest first, with a dot on the last; gaps where a value is null. */
export function spark(values) {
  const most = Math.max(...values.map((value) => value ?? 0), 0) || 1;
  const at = values.map((value, n) => (value === null ? null : [place(n, values.length), HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE)]));
  const last = at.at(-1);
  return drawn("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    drawn("path", { class: "spark-line", d: path(at) }), ...(last ? [drawn("circle", { class: "spark-dot", cx: last[0], cy: last[1], r: 2.5 })] : []));
}

function place(n, count) {
  return EDGE + (n / Math.max(1, count - 1)) * (WIDTH - 2 * EDGE);
}

function path(points) {
  return points.map((point, n) => point && `${n && points[n - 1] ? "L" : "M"}${point.map((each) => each.toFixed(1)).join(" ")}`).filter(Boolean).join("");
}
