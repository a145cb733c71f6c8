import { byId } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";

const PATIENCE = 1_000;
const ONE_BREATH = 1_000;
const PRESENCE = { connecting: "connecting", open: "online", waiting: "reconnecting", ended: "ended" };
const title = document.title;
let announcedAt = 0;
let unread = 0;

/** One polite voice for what a screen reader should hear: text never streams into it. */
export function announce(text) {
  byId("status").textContent = text;
  announcedAt = performance.now();
}

/** What belongs to the words just said does not cut them off. */
export function announceAlso(text) {
  const before = performance.now() - announcedAt < ONE_BREATH ? byId("status").textContent : "";
  announce(before ? `${before}\n${text}` : text);
}

/** The unread mark in the tab's title while nobody looks. */
export function countUnread() {
  if (!document.hidden) return;
  unread += 1;
  document.title = `(${unread}) ${title}`;
  document.addEventListener("visibilitychange", showRead, { once: true });
}

function showRead() {
  unread = 0;
  document.title = title;
}

/** Presence in the header, and a thin bar only while the line stays down. */
export class Connection {
  #bar = byId("connection");
  #presence = byId("presence");
  #timer = 0;
  #wasOpen = false;

  show(state, reason) {
    this.#presence.dataset.state = PRESENCE[state] === "connecting" && this.#wasOpen ? "reconnecting" : PRESENCE[state];
    this.#presence.textContent = words(`chat.presence.${this.#presence.dataset.state}`);
    if (state === "open") this.#opened();
    if (state === "ended") this.#hide();
    if (state === "waiting") this.#waiting(reason);
  }

  #opened() {
    this.#wasOpen = true;
    this.#hide();
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#bar.hidden = true;
  }

  #waiting(reason) {
    const kind = reason === "lost" ? (navigator.onLine ? "reconnecting" : "offline") : reason;
    this.#bar.textContent = words(`chat.connection.${kind}`);
    this.#timer ||= setTimeout(() => (this.#bar.hidden = false), PATIENCE);
  }
}

/** What the first frame says about the model and the person. */
export function showSession({ model, signed_in: signedIn, name }) {
  byId("model-notice").hidden = model !== "offline";
  byId("sign-in").hidden = signedIn;
  byId("sign-out").hidden = !signedIn;
  byId("who").hidden = !signedIn;
  byId("who").textContent = signedIn ? words("chat.signed_in_as", { name: name ?? page.dealer.name }) : "";
}
