import { page } from "./page.js";

/** The page's words for a key, with `{name}` filled in; a missing key is a mistake and says so. */
export function words(key, values = {}) {
  const text = page.words[key];
  if (text === undefined) throw new Error(`No words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (mark, name) => (name in values ? String(values[name]) : mark));
}

export const hasWords = (key) => key in page.words;
