import { drawn } from "../../staff/drawing.js";

const [WIDTH, HEIGHT, FLOOR, HEAD] = [72, 130, 24, 20];

/** A column for each of `days`, what was missed as its lower part. */
export function columns(days) {
  const most = Math.max(1, ...days.map(({ count }) => count));
  const drawing = drawn("svg", { class: "columns", viewBox: `0 0 ${days.length * WIDTH} ${HEIGHT + FLOOR + HEAD}`, "aria-hidden": "true" });
  days.forEach((day, at) => drawing.append(...column(day, at * WIDTH, most)));
  return drawing;
}

function column({ name, count, missed }, left, most) {
  const [tall, late] = [(count / most) * HEIGHT, (missed / most) * HEIGHT];
  const [floor, middle] = [HEAD + HEIGHT, left + WIDTH / 2];
  return [
    drawn("rect", { class: "column-count", x: left + 14, y: floor - Math.max(tall, 1), width: WIDTH - 28, height: Math.max(tall, 1), rx: 2 }),
    late ? drawn("rect", { class: "column-late", x: left + 14, y: floor - late, width: WIDTH - 28, height: late, rx: 2 }) : "",
    count ? text(String(count), middle, floor - tall - 5, "column-figure") : "",
    text(name, middle, floor + 17, "column-name"),
  ];
}

function text(said, x, y, name) {
  return drawn("text", { class: name, x, y, "text-anchor": "middle" }, said);
}
