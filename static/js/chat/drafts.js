import { forget, store, stored } from "../shared/storage.js";

const keyOf = (session) => `genai-auto.draft.${session}`;

export const draftOf = (session) => stored(keyOf(session)) ?? "";

export function keepDraft(session, text) {
  if (text) store(keyOf(session), text);
  else forget(keyOf(session));
}
