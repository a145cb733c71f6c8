import { page } from "../shared/page.js";
import { hasWords, words } from "../shared/words.js";

const languages = new Intl.DisplayNames([page.language], { type: "language" });
const percent = new Intl.NumberFormat(page.language, { style: "percent" });

/** A word of the interface in the reader's language; one that is new stands as it is. */
export function named(group, word) {
  return hasWords(group + word) ? words(group + word) : word.replaceAll("_", " ");
}

export const reasonOf = ({ reason }) => named("staff.reason.", reason);
export const agentOf = (agent) => named("staff.agent.", agent);
export const vehicleOf = ({ model, year }) => [model, year].filter(Boolean).join(" ");
export const percentOf = (share) => percent.format(share);

export function languageOf({ language }) {
  try {
    return languages.of(language);
  } catch {
    return language;
  }
}
