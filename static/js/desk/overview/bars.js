const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, FLOOR, HEAD] = [72, 130, 24, 20];

/** A share as a line that fills. */
export function bar(share) {
  const drawing = drawn("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" });
  drawing.append(drawn("rect", { class: "bar-whole", width: 100, height: 8, rx: 1 }), drawn("rect", { class: "bar-part", width: share * 100, height: 8, rx: 1 }));
  return drawing;
}

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
  const made = drawn("text", { class: name, x, y, "text-anchor": "middle" });
  made.textContent = said;
  return made;
}

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
