import { store, stored } from "../shared/storage.js";
import { newId } from "./identifiers.js";

const KEY = "genai-auto.session";

/** This browser's word for its conversation: `?session=` in the address, or the last one used. */
export function currentSession() {
  const asked = new URLSearchParams(location.search).get("session");
  const session = asked || stored(KEY) || newSession();
  store(KEY, session);
  return session;
}

export const newSession = () => `web-${newId()}`;

/** Go to a conversation, a new one if none is named. */
export function goTo(session = newSession()) {
  store(KEY, session);
  location.assign(`/chat?session=${encodeURIComponent(session)}`);
}
