import { Socket } from "../chat/socket.js";
import { call, Refused } from "../shared/calls.js";
import { showDenied } from "../shared/denied.js";
import { byId } from "../shared/elements.js";
import { openSheet } from "../shared/sheets.js";
import { words } from "../shared/words.js";
import { bindStaffMenu, toSignIn } from "../staff/menu.js";
import { Alerts } from "./alerts.js";
import { CannedReplies } from "./canned.js";
import { Composer } from "./composer.js";
import { Context } from "./context.js";
import { Decisions } from "./decisions.js";
import { closeMenus, problemOf } from "./forms.js";
import { Head } from "./head.js";
import { bindKeyboard } from "./keyboard.js";
import { Masked } from "./masked.js";
import { Outgoing } from "./outgoing.js";
import { Panes } from "./panes.js";
import { People } from "./people.js";
import { Queue } from "./queue.js";
import { askReveal } from "./reveal.js";
import { announce, Connection } from "./status.js";
import { Suggestion } from "./suggestion.js";
import { Talk } from "./talk.js";
import { Transcript } from "./transcript.js";
import { askWrong } from "./wrong.js";

let me = null;
const connection = new Connection();
const people = new People();
const canned = new CannedReplies();
const alerts = new Alerts();
const panes = new Panes({ left: back });
const queue = new Queue({ open, listed, failed });
const masked = new Masked((placeholder) => askReveal(placeholder, talk.handoff.conversation_id, masked));
const transcript = new Transcript({ masked, wrong: askWrong });
const composer = new Composer(canned, { say, note, typing: () => socket.send({ type: "typing" }) });
const outgoing = new Outgoing({ transcript, masked }, { sent: (id) => id === talk.handoff?.id && refresh(), failed: refresh, edit: (text) => composer.take(text), name: () => me.name });
const suggestion = new Suggestion({ say, edit: (text) => composer.take(text), problem: (text) => talk.problem(text) });
const parts = { transcript, masked, head: new Head(), composer, suggestion, outgoing, context: new Context(masked) };
const talk = new Talk(parts, { send: (frame) => socket.send(frame) }, { left: gone, heard: () => queue.refresh(), name: () => me.name });
const decisions = new Decisions(people, { handoff: () => talk.handoff, changed, problem: (text) => talk.problem(text), suggest: () => suggestion.ask() });
const socket = new Socket(address(), { onFrame, onState });

bindStaffMenu();
bindMenuItem("open-canned", () => canned.open());
bindMenuItem("open-help", help);
bindKeyboard({
  j: () => queue.move(1), k: () => queue.move(-1), c: () => decisions.claim(), e: () => decisions.resolve(),
  r: () => write("reply"), n: () => write("note"), "/": () => byId("find").focus(), "?": help, Escape: escape,
});
begin();

async function begin() {
  try {
    me = await call("GET", "/api/v1/auth/me");
  } catch (refused) {
    return failed(refused) || queue.showProblem(begin);
  }
  byId("who").hidden = false;
  byId("who").textContent = words("desk.signed_in_as", { name: me.name });
  await queue.refresh();
  if (byId("panes").hidden) return;
  socket.open();
  canned.load().catch(() => {});
  const asked = new URLSearchParams(location.search).get("handoff");
  if (asked) await open({ id: asked });
}

function address() {
  const url = new URL("/ws/desk/live", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

// What the line and the list say

function onState(state, reason) {
  connection.show(state, reason);
  if (state === "ended") outside(reason === "signed_out" ? 401 : 403);
}

function onFrame(frame) {
  if (frame.type === "session") {
    queue.refresh();
    talk.watch();
  }
  if (frame.type === "queue") queue.refresh();
  if (frame.type === "people") people.receive(frame);
  talk.receive(frame);
}

function listed(handoffs) {
  alerts.look(handoffs, talk.handoff?.id);
  talk.refresh(handoffs.find(({ id }) => id === talk.handoff?.id));
}

/** Whether it has been said: who may not be here is told so in place of the page. */
function failed(refused) {
  if (!(refused instanceof Refused) || ![401, 403].includes(refused.status)) return false;
  if (refused.status === 401 && !talk.handoff) toSignIn();
  else outside(refused.status);
  return true;
}

function outside(status) {
  byId("outside").hidden = false;
  document.body.dataset.pane = "queue";
  showDenied(new Refused(status, "", ""), byId("panes"), "desk.denied.");
}

// What the reader does

async function open(handoff) {
  queue.mark(handoff.id);
  remember(handoff.id);
  const opening = talk.open(handoff);
  panes.show("talk");
  await opening;
}

function back() {
  talk.leave();
  remember(null);
  panes.show("queue");
  queue.focus();
  queue.mark(null);
}

function gone(said) {
  back();
  announce(said);
}

function escape(target, isField) {
  if (isField) return target.blur();
  if (panes.shown === "context") panes.show("talk");
  else if (talk.handoff) back();
}

/** The address names what is open, so that a reload comes back to it. */
function remember(id) {
  const url = new URL(location.href);
  if (id) url.searchParams.set("handoff", id);
  else url.searchParams.delete("handoff");
  history.replaceState(null, "", url);
}

function write(mode) {
  if (talk.handoff?.transcript) composer.write(mode);
}

async function say(text) {
  const { id } = talk.handoff;
  await outgoing.say(id, text);
}

async function note(text) {
  const { id } = talk.handoff;
  try {
    await call("POST", `/api/v1/handoffs/${id}/notes`, { text });
    announce(words("desk.note.added"));
    await refresh();
  } catch (refused) {
    composer.restore(id, "note", text);
    talk.problem(problemOf(refused));
  }
}

async function changed(said) {
  if (said) talk.problem("");
  await refresh();
  if (said) announce(said);
}

async function refresh() {
  await Promise.all([talk.handoff && talk.read(), queue.refresh()]);
}

function help() {
  openSheet(byId("help"));
}

function bindMenuItem(id, act) {
  byId(id).addEventListener("click", () => {
    closeMenus();
    act();
  });
}
