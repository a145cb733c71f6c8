import { rendered } from "./markdown.js";

/** A passage as it stands on its page: a line that ended early ended on purpose. */
export function printed(text) {
  const lines = text.split("\n");
  const width = Math.max(...lines.map((line) => line.length));
  return rendered(lines.map((line, at) => (endsEarly(line, lines[at + 1], width) ? `${line}  ` : line)).join("\n"));
}

/** The next line's first word would have had room on this one. */
function endsEarly(line, next, width) {
  return Boolean(line.trim() && next?.trim()) && line.length + 1 + next.split(" ", 1)[0].length <= width;
}
