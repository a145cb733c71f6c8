import { call } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { Missing, openForm } from "./forms.js";
import { announce } from "./status.js";

/** An answer that was wrong goes to the list of knowledge gaps, with what would have been right. */
export function askWrong({ message_id: messageId }) {
  openForm(byId("wrong"), async ({ note }) => {
    if (!note.trim()) throw new Missing(words("desk.wrong.missing"));
    await call("POST", `/api/v1/messages/${messageId}/wrong`, { note: note.trim() });
    announce(words("desk.wrong.done"));
  });
}
