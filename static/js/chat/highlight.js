const COUNTED = /[\p{L}\p{N}]/u;

/** Mark the words of `wanted` inside `container`, however they are laid out; answers the first. */
export function highlight(container, wanted) {
  const places = lettersIn(container);
  const found = spanOf(places, lettersOf(wanted));
  if (!found) return null;
  const marks = ranges(places.slice(...found)).map(markRange);
  return marks[0] ?? null;
}

/** Every letter and digit with where it stands; spaces and punctuation do not count. */
function lettersIn(container) {
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  const places = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    let at = 0;
    for (const letter of node.data) {
      if (COUNTED.test(letter)) places.push({ node, at, end: at + letter.length, letter: folded(letter) });
      at += letter.length;
    }
  }
  return places;
}

const folded = (letter) => letter.toLowerCase().slice(0, 1);
const lettersOf = (text) => [...text].filter((letter) => COUNTED.test(letter)).map(folded).join("");

function spanOf(places, wanted) {
  const start = wanted ? places.map((place) => place.letter).join("").indexOf(wanted) : -1;
  return start < 0 ? null : [start, start + wanted.length];
}

/** One range per text node: from the first letter to the last, whole nodes in between. */
function ranges(places) {
  const nodes = [...new Set(places.map((place) => place.node))];
  return nodes.map((node, index) => ({
    node,
    start: index === 0 ? places[0].at : 0,
    end: index === nodes.length - 1 ? places.at(-1).end : node.data.length,
  }));
}

function markRange({ node, start, end }) {
  const closing = /^[.!?)\]]+/.exec(node.data.slice(end))?.[0].length ?? 0;
  const range = document.createRange();
  range.setStart(node, start);
  range.setEnd(node, end + closing);
  const mark = document.createElement("mark");
  range.surroundContents(mark);
  return mark;
}
