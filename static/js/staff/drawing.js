const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with these attributes. */
export function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A share as a line that fills. */
export function bar(share) {
  return drawn("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("rect", { class: "bar-whole", width: 100, height: 8, rx: 1 }), drawn("rect", { class: "bar-part", width: share * 100, height: 8, rx: 1 }));
}
