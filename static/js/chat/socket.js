const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20_000;
const BUSY_PAUSE = 30_000;
const RESTART_PAUSE = 1_500;
const HEARTBEAT = 25_000;
const PATIENCE = 10_000;
const STARTING = 15_000;

/** Close codes after which coming back by oneself is of no use. */
const ENDINGS = new Map([[4401, "signed_out"], [4403, "origin"], [4404, "missing"]]);

/**
 * Keeps one WebSocket open: it reconnects with growing, scattered pauses, and notices a line that
 * died without saying so. Tells `onFrame(frame)` and `onState(state, reason)`, where state is
 * `connecting`, `open`, `waiting` or `ended`.
 */
export class Socket {
  #address;
  #tell;
  #socket = null;
  #failures = 0;
  #pause = null;
  #timer = 0;
  #deadline = 0;
  #heart = 0;
  #ended = false;

  constructor(address, { onFrame, onState }) {
    this.#address = address;
    this.#tell = { onFrame, onState };
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#check(2_000));
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  /** Connect now; used for the first time and after a wait. */
  open() {
    clearTimeout(this.#timer);
    if (this.#socket || this.#ended) return;
    this.#tell.onState("connecting");
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#receive(socket, event.data));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
    this.#expect(STARTING);
  }

  /** Send a frame; false when the line is down. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #receive(socket, data) {
    if (socket !== this.#socket) return;
    clearTimeout(this.#deadline);
    const frame = JSON.parse(data);
    if (frame.type === "session") this.#opened();
    if (frame.type === "reconnect") this.#pause = frame.after_ms;
    this.#tell.onFrame(frame);
  }

  #opened() {
    this.#failures = 0;
    this.#pause = null;
    clearInterval(this.#heart);
    this.#heart = setInterval(() => this.#check(PATIENCE), HEARTBEAT);
    this.#tell.onState("open");
  }

  /** Ask for a sign of life, and give the line up when none comes. */
  #check(patience) {
    if (this.send({ type: "ping" })) this.#expect(patience);
  }

  #expect(patience) {
    const socket = this.#socket;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#abandon(socket), patience);
  }

  #abandon(socket) {
    socket.close();
    this.#closed(socket, 1006);
  }

  #closed(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#deadline);
    clearInterval(this.#heart);
    if (ENDINGS.has(code)) return this.#end(ENDINGS.get(code));
    this.#tell.onState("waiting", this.#reason(code));
    this.#timer = setTimeout(() => this.open(), this.#nextPause(code));
  }

  #end(reason) {
    this.#ended = true;
    this.#tell.onState("ended", reason);
  }

  #reason(code) {
    if (code === 4429) return "busy";
    return code === 1012 || this.#pause !== null ? "restart" : "lost";
  }

  #nextPause(code) {
    const asked = this.#pause ?? (code === 1012 ? RESTART_PAUSE : null);
    this.#pause = null;
    if (asked !== null) return asked + Math.random() * 500;
    const base = code === 4429 ? BUSY_PAUSE : Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
    this.#failures += 1;
    return base * (0.5 + Math.random() * 0.5);
  }

  #hurry() {
    if (this.#ended) return;
    if (this.#socket) this.#check(4_000);
    else this.open();
  }
}
