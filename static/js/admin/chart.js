import uPlot from "../../vendor/uplot-1.6.32/uPlot.esm.js";
import { element } from "../shared/elements.js";
import { page } from "../shared/page.js";

const ROLES = ["--brand-line", "--link", "--positive", "--caution", "--focus", "--muted"];
const HEIGHT = 220;
const weekday = new Intl.DateTimeFormat(page.language, { day: "numeric", month: "short", timeZone: "UTC" });

/**
 * Columns by day, one series on the other; `series` is `{name, values}` and `format` says a value.
 * The figures stand in a table beside it for whoever does not see it.
 */
export function stacked(place, days, series, format) {
  const box = element("div", { class: "chart", "aria-hidden": "true" });
  place.replaceChildren(box, legend(series), read(place, days, series, format));
  const draw = () => drawn(box, days, series, format);
  let chart = draw();
  const again = () => {
    if (!box.isConnected) return stop();
    chart.destroy();
    chart = draw();
    return undefined;
  };
  const stop = whenLooksChange(box, again, ({ width }) => box.isConnected && width > 0 && chart.setSize({ width, height: HEIGHT }));
}

function drawn(box, days, series, format) {
  const [text, line] = ["--muted", "--border"].map(colourOf);
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
  const sums = cumulated(series);
  const columns = uPlot.paths.bars({ size: [0.62, 48], align: 0 });
  const shown = series.map(({ name }, at) => ({ label: name, fill: colourOf(ROLES[at % ROLES.length]), stroke: "transparent", width: 0, points: { show: false }, paths: columns, values: sums[at] }));
  const above = shown.toReversed();
  return new uPlot({
    width: box.clientWidth || 600, height: HEIGHT, legend: { show: false }, cursor: { show: false }, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    scales: { x: { range: (_, first, last) => [first - 43_200, last + 43_200] }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [{ ...axis, grid: { show: false }, values: (_, at) => at.map((each) => weekday.format(each * 1000)), incrs: [86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400], space: 64 },
      { ...axis, values: (_, at) => at.map(format), size: 76 }],
    series: [{}, ...above.map(({ values: _, ...each }) => each)],
  }, [days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), ...above.map(({ values }) => values)], box);
}

/** Each series on top of those before it; drawn from the highest down. */
function cumulated(series) {
  const so_far = (series[0]?.values ?? []).map(() => 0);
  return series.map(({ values }) => values.map((value, at) => (so_far[at] += value ?? 0)));
}

/** A role of tokens.css as a colour that a canvas understands. */
function colourOf(role) {
  const probe = element("span");
  probe.style.color = `var(${role})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function legend(series) {
  return element("ul", { class: "legend chart-legend", "aria-hidden": "true" }, series.map(({ name }, at) => {
    const mark = element("span", { class: "chart-mark" });
    mark.style.background = `var(${ROLES[at % ROLES.length]})`;
    return element("li", {}, mark, name);
  }));
}

function read(place, days, series, format) {
  const head = element("tr", {}, element("td"), series.map(({ name }) => element("th", { scope: "col" }, name)));
  const rows = days.map((day, at) => element("tr", {}, element("th", { scope: "row" }, weekday.format(Date.parse(`${day}T00:00:00Z`))), series.map(({ values }) => element("td", {}, format(values[at])))));
  return element("div", { class: "hidden" }, element("table", { "aria-labelledby": "chart-title" }, element("thead", {}, head), element("tbody", {}, rows)));
}

/** Colours follow the scheme, the size its place. Answers how to stop. */
function whenLooksChange(box, recolour, resize) {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const appearance = new MutationObserver(recolour);
  const size = new ResizeObserver(([{ contentRect }]) => resize(contentRect));
  scheme.addEventListener("change", recolour);
  appearance.observe(document.documentElement, { attributeFilter: ["data-appearance"] });
  size.observe(box);
  return () => {
    scheme.removeEventListener("change", recolour);
    appearance.disconnect();
    size.disconnect();
  };
}
