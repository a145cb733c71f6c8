import { byId } from "../shared/elements.js";
import { store, stored } from "../shared/storage.js";
import { words } from "../shared/words.js";
import { reasonOf } from "../staff/names.js";
import { standOf } from "./names.js";

const CHOICES = { sound: "genai-auto.desk.sound", notification: "genai-auto.desk.notification" };
const plainTitle = document.title;

/** A sound, a notification and the waiting count in the title; the first two only for whoever chose them. */
export class Alerts {
  #known = null;
  #unread = new Map();
  #audio = null;

  constructor() {
    for (const [name, key] of Object.entries(CHOICES)) {
      const choice = byId(`alert-${name}`);
      choice.checked = stored(key) === "on" && (name !== "notification" || allowed());
      choice.addEventListener("change", () => this.#choose(name, choice));
    }
  }

  /** The list was read: what is new in it is told, but not what was there when the page opened. */
  look(handoffs, openId) {
    const waiting = handoffs.filter((each) => standOf(each) === "waiting");
    document.title = waiting.length ? `(${waiting.length}) ${plainTitle}` : plainTitle;
    const isFirst = this.#known === null;
    const came = waiting.filter((each) => !isFirst && !this.#known.has(each.id));
    const wrote = handoffs.filter((each) => !isFirst && each.mine && each.unread > (this.#unread.get(each.id) ?? 0) && !(each.id === openId && document.hasFocus()));
    this.#known = new Set([...(this.#known ?? []), ...handoffs.map((each) => each.id)]);
    this.#unread = new Map(handoffs.map((each) => [each.id, each.unread]));
    for (const each of came) this.#tell("desk.alerts.waiting", each);
    for (const each of wrote) this.#tell("desk.alerts.wrote", each);
  }

  /** The reason and the reference, nothing of the customer. */
  #tell(key, handoff) {
    if (byId("alert-sound").checked) this.#ring();
    if (!byId("alert-notification").checked || !allowed()) return;
    const shown = new Notification(words(key), { body: `${reasonOf(handoff)} · ${handoff.reference}`, tag: handoff.id });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  }

  async #choose(name, choice) {
    byId("alert-problem").textContent = "";
    if (choice.checked && name === "notification") choice.checked = await permitted();
    if (choice.checked && name === "sound") this.#ring();
    store(CHOICES[name], choice.checked ? "on" : "off");
  }

  /** Two soft notes. */
  #ring() {
    this.#audio ??= new AudioContext();
    this.#audio.resume();
    [[660, 0], [880, 0.14]].forEach(([pitch, after]) => this.#note(pitch, this.#audio.currentTime + after));
  }

  #note(pitch, at) {
    const [tone, loudness] = [this.#audio.createOscillator(), this.#audio.createGain()];
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.12, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
    tone.connect(loudness).connect(this.#audio.destination);
    tone.start(at);
    tone.stop(at + 0.42);
  }
}

const allowed = () => "Notification" in window && Notification.permission === "granted";

async function permitted() {
  if ("Notification" in window && (await Notification.requestPermission()) === "granted") return true;
  byId("alert-problem").textContent = words("desk.alerts.refused");
  return false;
}
