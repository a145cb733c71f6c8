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
