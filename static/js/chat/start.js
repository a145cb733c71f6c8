import { byId, element, icon } from "../shared/elements.js";
import { words } from "../shared/words.js";

/** The first view of an empty conversation: greeting, ideas, the last conversation. */
export class Start {
  #box = byId("start");
  #skeleton = byId("skeleton");

  constructor(ask) {
    byId("greeting").textContent = `${words(`chat.greeting.${partOfDay(new Date().getHours())}`)}.`;
    for (const starter of this.#box.querySelectorAll(".starter")) {
      starter.addEventListener("click", () => ask(starter.dataset.text));
    }
  }

  /** `empty`, `loading` (something is coming) or `filled`. */
  show(state) {
    this.#box.hidden = state !== "empty";
    this.#skeleton.hidden = state !== "loading";
  }

  offer(conversation) {
    const recent = byId("recent");
    recent.hidden = !conversation;
    if (!conversation) return;
    const address = `/chat?session=${encodeURIComponent(conversation.session_id)}`;
    recent.replaceChildren(
      icon("history"), element("span", {}, words("chat.start.recent")),
      element("a", { href: address }, conversation.title || words("chat.history.untitled")),
    );
  }
}

function partOfDay(hour) {
  if (hour >= 5 && hour < 12) return "morning";
  return hour >= 12 && hour < 18 ? "afternoon" : "evening";
}
