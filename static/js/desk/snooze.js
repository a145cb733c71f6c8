const HOUR = 3_600_000;

/** When a snoozed handoff comes back: a Date, or null for a time that is missing or over. */
export function untilOf({ choice, until }, now = new Date()) {
  if (choice === "hour") return new Date(now.getTime() + HOUR);
  if (choice === "hours") return new Date(now.getTime() + 4 * HOUR);
  if (choice === "tomorrow") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
  const own = new Date(until);
  return own > now ? own : null;
}
