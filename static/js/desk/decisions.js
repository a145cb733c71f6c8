import { call } from "../shared/calls.js";
import { byId, element } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { closeMenus, Missing, noteIn, openForm, problemOf } from "./forms.js";
import { standOf } from "./names.js";
import { untilOf } from "./snooze.js";

/**
 * What is decided about the open handoff. `tell`: `handoff()`, `changed(said)` after anything that worked,
 * `problem(text)`, `suggest()`.
 */
export class Decisions {
  #people;
  #tell;
  #isClaiming = false;

  constructor(people, tell) {
    this.#people = people;
    this.#tell = tell;
    const actions = {
      claim: () => this.claim(), resolve: () => this.resolve(), return: () => this.#return(),
      transfer: () => this.#transfer(), snooze: () => this.#snooze(), wake: () => this.#wake(), suggest: () => tell.suggest(),
    };
    for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", () => (closeMenus(), act()));
    byId("snoozing").addEventListener("change", showOwnTime);
  }

  /** One wins; whoever comes second is told who was first. */
  async claim() {
    if (this.#isClaiming || !this.#can("waiting")) return;
    this.#isClaiming = true;
    byId("claim").disabled = true;
    try {
      await this.#post("claim");
      await this.#tell.changed(words("desk.claimed"));
      byId("message").focus();
    } catch (refused) {
      await this.#tell.changed("");
      this.#tell.problem(this.#lost(refused));
    } finally {
      this.#isClaiming = false;
      byId("claim").disabled = false;
    }
  }

  resolve() {
    if (!this.#can("mine")) return;
    openForm(byId("resolving"), async (fields) => {
      await this.#post("resolve", { outcome: fields.outcome, ...noteIn(fields) });
      this.#tell.changed(words("desk.resolved"));
    });
  }

  #return() {
    openForm(byId("returning"), async (fields) => {
      await this.#post("return", noteIn(fields));
      this.#tell.changed(words("desk.returned"));
    });
  }

  async #transfer() {
    try {
      const people = await this.#people.load();
      byId("transfer-people").replaceChildren(...this.#receivers(people));
    } catch (refused) {
      return this.#tell.problem(problemOf(refused));
    }
    openForm(byId("transferring"), async (fields) => {
      if (fields.to === undefined) throw new Missing(words("desk.transfer.missing"));
      await this.#post("transfer", { user_id: fields.to || null, ...noteIn(fields) });
      this.#tell.changed(words("desk.transferred"));
    });
  }

  /** Everybody but whoever has it, and the queue. */
  #receivers(people) {
    const { claimed } = this.#tell.handoff();
    const others = people.filter((each) => each.user_id !== claimed?.user_id).map(({ user_id: id, name, online }) =>
      receiver(id, name, words(online ? "desk.presence.online" : "desk.presence.away"), online ? "online" : "away"));
    return [...others, receiver("", words("desk.transfer.queue"), words("desk.transfer.queue.text"), null)];
  }

  #snooze() {
    byId("snooze-own").hidden = true;
    openForm(byId("snoozing"), async (fields) => {
      const until = untilOf(fields);
      if (!until) throw new Missing(words("desk.snooze.missing"));
      await this.#post("snooze", { until: until.toISOString() });
      this.#tell.changed(words("desk.snoozed"));
    });
  }

  async #wake() {
    try {
      await this.#post("snooze", { until: null });
      await this.#tell.changed(words("desk.woken"));
    } catch (refused) {
      this.#tell.problem(problemOf(refused));
    }
  }

  #lost(refused) {
    const { claimed, mine } = this.#tell.handoff();
    return claimed && !mine ? words("desk.claim.lost", { name: claimed.name }) : problemOf(refused);
  }

  #can(stand) {
    const handoff = this.#tell.handoff();
    return Boolean(handoff?.state) && standOf(handoff) === stand;
  }

  #post(action, body = {}) {
    return call("POST", `/api/v1/handoffs/${this.#tell.handoff().id}/${action}`, body);
  }
}

function showOwnTime() {
  const isOwn = byId("snoozing").querySelector("[name=choice]:checked").value === "own";
  byId("snooze-own").hidden = !isOwn;
}

function receiver(id, name, text, presence) {
  const state = element("span", { class: presence ? "presence muted" : "muted", "data-state": presence }, text);
  return element("label", { class: "option" }, element("input", { type: "radio", name: "to", value: id }),
    element("span", {}, element("strong", {}, name), " ", state));
}
