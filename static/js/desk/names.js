import { page } from "../shared/page.js";
import { hasWords, words } from "../shared/words.js";

const languages = new Intl.DisplayNames([page.language], { type: "language" });
const percent = new Intl.NumberFormat(page.language, { style: "percent" });

/** A word of the interface in the reader's language; one that is new stands as it is. */
export function named(group, word) {
  return hasWords(group + word) ? words(group + word) : word.replaceAll("_", " ");
}

export const reasonOf = ({ reason }) => named("desk.reason.", reason);
export const agentOf = (agent) => named("desk.agent.", agent);
export const vehicleOf = ({ model, year }) => [model, year].filter(Boolean).join(" ");
export const percentOf = (share) => percent.format(share);

export function languageOf({ language }) {
  try {
    return languages.of(language);
  } catch {
    return language;
  }
}

/** Who has a handoff: `mine`, a `colleague`, nobody yet (`waiting`), or nobody any more (`over`). */
export function standOf({ state, mine }) {
  if (state === "resolved" || state === "expired") return "over";
  if (state === "open") return "waiting";
  return mine ? "mine" : "colleague";
}

/** Where it stands in the queue: what was handed to me is mine before I claim it. */
export function groupOf(handoff) {
  const stand = standOf(handoff);
  return stand === "waiting" && handoff.mine ? "mine" : stand;
}
