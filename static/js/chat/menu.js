import { call, Refused } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";
import { confirmed } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { openAppointments } from "./appointments.js";
import { download } from "./download.js";
import { openHistory } from "./history.js";
import { openMyData } from "./my_data.js";
import { goTo } from "./session.js";

/** The header's menu. `tell` is asked for `entries()` and to `ask(text)`, told of `deleted()`, and gives a `notice(text)`. */
export function bindMenu(session, tell) {
  bindPreferences();
  byId("new-conversation").addEventListener("click", () => goTo());
  choose("open-history", () => openHistory(session));
  choose("open-appointments", () => openAppointments(tell));
  choose("open-my-data", openMyData);
  choose("download", () => download(tell.entries()));
  choose("delete", () => deleteConversation(session, tell));
  choose("sign-out", signOut);
}

function choose(id, action) {
  byId(id).addEventListener("click", () => {
    byId("menu").hidePopover?.();
    action();
  });
}

async function deleteConversation(session, tell) {
  const question = {
    title: words("chat.delete.title"), text: words("chat.delete.text"), yes: words("chat.delete.confirm"),
  };
  if (!(await confirmed(question))) return;
  try {
    await call("DELETE", `/api/v1/chat/conversations/${encodeURIComponent(session)}`);
    tell.deleted();
  } catch (refused) {
    if (refused instanceof Refused && refused.status === 404) tell.deleted();
    else tell.notice(words("chat.delete.failed"));
  }
}

/** The next person at this screen begins a conversation of their own. */
export async function signOut() {
  try {
    await call("POST", "/api/v1/auth/logout");
  } finally {
    goTo();
  }
}
