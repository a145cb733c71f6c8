import { dateOf, timeOf } from "../shared/dates.js";
import { Refused, Unreachable } from "../shared/calls.js";
import { words } from "../shared/words.js";

export function moment(text) {
  const when = new Date(text);
  return `${dateOf(when)}, ${timeOf(when)}`;
}

/** Why an attempt failed, or "" when it did not. */
export function problemOf({ problem, status }) {
  return problem ? words(`deliveries.problem.${problem}`, { status }) : "";
}

/** What the server said of a call that did not work, in words. */
export function reason(refused) {
  if (refused instanceof Unreachable) return words("common.unreachable");
  return refused instanceof Refused && refused.status < 500 && refused.detail ? refused.message : words("common.failed");
}
