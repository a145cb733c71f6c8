import { call } from "../shared/calls.js";

/** Staff, and which of them have the desk open. */
export class People {
  #online = new Set();

  receive({ online }) {
    this.#online = new Set(online);
  }

  /** `[{user_id, name, online}]`, those at the desk first. */
  async load() {
    const people = await call("GET", "/api/v1/desk/people");
    const now = people.map((each) => ({ ...each, online: this.#online.has(each.user_id) }));
    return now.sort((one, other) => other.online - one.online || one.name.localeCompare(other.name));
  }
}
