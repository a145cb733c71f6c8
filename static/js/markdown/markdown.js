import DOMPurify from "../../vendor/dompurify-3.4.18/purify.es.mjs";
import { Marked } from "../../vendor/marked-18.2.1/marked.esm.js";
import { element } from "../shared/elements.js";

const ALLOWED = {
  ALLOWED_TAGS: [
    "p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
  ],
  ALLOWED_ATTR: ["href", "title", "align", "start"],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const purify = DOMPurify(window);
const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }) => (block ? `<p>${escaped(text)}</p>` : escaped(text)),
    image: ({ text }) => escaped(text),
    checkbox: () => "",
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
  },
});

/** Markdown as safe nodes: no images, no HTML of its own, links of this site only. */
export function rendered(text) {
  return safe(marked.parse(text));
}

/** Renders a text that grows: only its changed blocks are drawn again. */
export class GrowingMarkdown {
  #container;
  #decorate;
  #blocks = [];

  constructor(container, decorate) {
    this.#container = container;
    this.#decorate = decorate;
  }

  show(text) {
    const tokens = marked.lexer(mended(text));
    const kept = this.#unchanged(tokens);
    for (const block of this.#blocks.splice(kept)) block.nodes.forEach((node) => node.remove());
    for (const token of tokens.slice(kept)) this.#append(token, tokens.links);
  }

  #unchanged(tokens) {
    const changed = this.#blocks.findIndex((block, at) => block.raw !== tokens[at]?.raw);
    return changed < 0 ? this.#blocks.length : changed;
  }

  #append(token, links) {
    const drawn = safe(marked.parser(Object.assign([token], { links })));
    this.#decorate(drawn);
    const nodes = [...drawn.childNodes];
    this.#container.append(...nodes);
    this.#blocks.push({ raw: token.raw, nodes });
  }
}

function safe(html) {
  const drawn = purify.sanitize(html, ALLOWED);
  for (const link of drawn.querySelectorAll("a")) if (!isOurs(link)) link.replaceWith(...link.childNodes);
  for (const table of drawn.querySelectorAll("table")) {
    const frame = element("div", { class: "table", tabindex: 0 });
    table.replaceWith(frame);
    frame.append(table);
  }
  return drawn;
}

function isOurs(link) {
  const address = link.getAttribute("href");
  try {
    return address !== null && new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

/** Close what the text has opened and not yet closed, so that half a phrase does not flicker. */
function mended(text) {
  const open = (text.slice(text.lastIndexOf("\n\n") + 1).match(/\*\*/g) ?? []).length % 2;
  if (!open) return text;
  return text.endsWith("**") ? text.slice(0, -2) : `${text.trimEnd()}**`;
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
