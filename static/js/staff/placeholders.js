import { named } from "./names.js";

export const PLACEHOLDER = /<([A-Z]+(?:_[A-Z]+)*)_(\d{1,4})>/g;

/** "E-mail address 1": what a placeholder stands for, in words. */
export function nameOf(placeholder) {
  const [, kind, number] = placeholder.match(/^<(.+)_(\d+)>$/);
  return `${named("staff.masked.", kind)} ${number}`;
}

/** The text for where nothing can be pressed. */
export const readable = (text) => text.replace(PLACEHOLDER, (placeholder) => `[${nameOf(placeholder)}]`);

/** An answer's words without the marks of Markdown and of citations. */
export const plain = (text) => text.replace(/\*\*|(?<=^|\s)>\s|\s?\[\d{1,2}\]/g, "");
