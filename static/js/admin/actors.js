import { hasWords, words } from "../shared/words.js";

/** Who did it: the name of an account, or what else acts here. */
export function actorOf({ actor, actor_name: name }) {
  if (name) return name;
  const [kind, id] = actor.split(":");
  const known = hasWords(`admin.actor.${kind}`) ? words(`admin.actor.${kind}`) : kind;
  return id ? `${known} ${id.slice(0, 8)}` : known;
}
