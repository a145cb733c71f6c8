import { byId } from "../shared/elements.js";
import { wireLanguage } from "../shared/page.js";
import { words } from "../shared/words.js";
import { Cards } from "./cards.js";
import { withoutMarks } from "./citations.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { showEnded } from "./ended.js";
import { Handoff } from "./handoff.js";
import { conversations } from "./history.js";
import { newId } from "./identifiers.js";
import { bindMenu } from "./menu.js";
import { Outbox } from "./outbox.js";
import { Scrolling } from "./scrolling.js";
import { currentSession } from "./session.js";
import { Socket } from "./socket.js";
import { Start } from "./start.js";
import { announce, announceAlso, Connection, countUnread, showSession } from "./status.js";
import { Thumbs } from "./thumbs.js";
import { Transcript } from "./transcript.js";

const ASK_AGAIN = 2;

const session = currentSession();
let restoring = true;
let isAsking = false;

const connection = new Connection();
const scrolling = new Scrolling();
const start = new Start(ask);
const composer = new Composer(session, { say, stop, person, typing });
const transcript = new Transcript({ rate: (answer, feedback) => thumbs.rate(answer, feedback), ask, askAgain, person });
const thumbs = new Thumbs(session, transcript, (frame) => socket.send(frame));
const cards = new Cards(transcript, { press, say, shown: cardShown });
const handoff = new Handoff(transcript, { say, heard, news });
const conversation = new Conversation({ accepted, progressed, written, completed, carded, handed, dropped, cleared });
const outbox = new Outbox(session, { send: sendMessage, show: showState });
const socket = new Socket(address(), { onFrame, onState });

bindMenu(session, { entries: () => transcript.entries, ask, deleted, notice });
restorePending();
start.show(transcript.isEmpty ? "empty" : "filled");
begin();

/** The first call makes this browser known (its cookie), so that the socket is the same guest. */
async function begin() {
  try {
    const others = (await conversations()).filter((each) => each.session_id !== session);
    start.offer(others[0]);
  } catch {
    // The socket will say what is wrong.
  }
  socket.open();
}

function address() {
  const url = new URL(`/ws/${encodeURIComponent(session)}?language=${wireLanguage}`, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

// What the customer does

function say(text, press = {}) {
  const item = { id: newId(), text, at: Date.now(), ...press };
  transcript.addPending(item);
  outbox.add(item);
  start.show("filled");
  scrolling.toEnd();
  return item.id;
}

/** A button of a card takes the same way as a message, with its label as the words. */
function press(cardId, choice, label) {
  return say(label, { card_id: cardId, choice });
}

/** Say what a button offered; the button goes away, so the writer is taken to the composer. */
function ask(text) {
  say(text);
  composer.focus();
}

/** Whatever is being written: a wish for a person does not wait for it. */
function person() {
  if (conversation.isRunning) stop();
  say(words("chat.person.message"));
}

function askAgain(answer) {
  const question = transcript.questionOf(answer);
  if (question) say(question.text);
}

/** Whoever answers sees that the customer writes. */
function typing() {
  if (handoff.isClaimed) socket.send({ type: "typing" });
}

function stop() {
  return socket.send({ type: "cancel" });
}

function takeBack(message) {
  outbox.remove(message.id);
  transcript.remove(message.id);
  cards.release(message.id);
  if (message.isPress) composer.focus();
  else composer.take(message.text);
}

function restorePending() {
  for (const item of outbox.items) {
    transcript.addPending(item);
    if (!item.failed) cards.restore(item);
    showState(item.id, item.failed ? "failed" : "queued", item.failed);
  }
}

function sendMessage(item) {
  const { id, text, card_id: cardId, choice } = item;
  if (cardId) return socket.send({ type: "action", card_id: cardId, choice, client_message_id: id });
  return socket.send({ type: "message", message: text, client_message_id: id });
}

function showState(id, state, code) {
  const message = transcript.pending(id);
  message?.showState(state, code, () => takeBack(message));
  if (state === "failed") cards.release(id);
}

// What the line does

function onState(state, reason) {
  connection.show(state, reason);
  if (state === "waiting" || state === "ended") outbox.close();
  if (state === "ended") showEnded(reason);
}

function onFrame(frame) {
  if (frame.type === "session") greet(frame);
  if (frame.type === "accepted") outbox.remove(frame.client_message_id);
  if (frame.type === "resumed") resumed();
  if (frame.type === "feedback") thumbs.stored(frame);
  if (frame.type === "error") refused(frame);
  if (!conversation.receive(frame)) askMissed();
  showRunning();
}

function greet(frame) {
  showSession(frame);
  composer.allowStop();
  if (frame.seq < conversation.seen) conversation.clear();
  handoff.greet(frame.handoff);
  if (frame.seq > 0 && transcript.isEmpty) start.show("loading");
  isAsking = false;
  askMissed();
}

/** Ask for what is missing, once until it has come. */
function askMissed() {
  if (isAsking) return;
  isAsking = true;
  conversation.hold();
  socket.send({ type: "resume", after: conversation.seen });
}

/** The question itself may have been refused. */
function askOnceMore() {
  if (!isAsking) return;
  isAsking = false;
  askMissed();
}

function resumed() {
  isAsking = false;
  conversation.release();
  if (restoring) {
    scrolling.toEnd();
    thumbs.showStored();
  }
  restoring = false;
  handoff.settled();
  for (const turn of conversation.runningTurns) transcript.answerTo(turn);
  start.show(transcript.isEmpty ? "empty" : "filled");
  outbox.open();
  thumbs.sendAgain();
}

function refused({ code, client_message_id: id, retry_after: retryAfter }) {
  if (id) return outbox.refused(id, code, retryAfter);
  if (isAsking) setTimeout(askOnceMore, (retryAfter ?? ASK_AGAIN) * 1000);
  thumbs.refused();
}

// What the conversation says

function accepted(frame) {
  transcript.accept(frame);
  cards.accepted(frame);
  start.show("filled");
  if (frame.relayed) cards.release(frame.client_message_id);
  else if (!restoring) transcript.answerTo(frame.turn);
  news();
}

function progressed(turn, message) {
  transcript.answerTo(turn).showProgress(message);
}

function written(turn, text) {
  transcript.answerTo(turn).write(text);
}

function completed(frame) {
  const answer = transcript.complete(frame);
  news();
  if (!restoring) {
    announce(withoutMarks(answer.text));
    countUnread();
  }
  cards.completed(frame);
}

/** What is about a person who answers. */
function handed(frame) {
  const isReplay = restoring || isAsking;
  if (frame.type === "typing") return handoff.typing(frame);
  if (frame.type === "human_message") handoff.said(frame, isReplay);
  else if (frame.type === "participant") handoff.participated(frame, isReplay);
  else handoff.changed(frame, isReplay);
  if (frame.type === "human_message" && !isReplay) countUnread();
  news();
}

function dropped(turn) {
  transcript.drop(turn);
}

/** Said to who listens to the page instead of looking. */
function heard(text) {
  announce(text);
}

function carded(frame) {
  cards.receive(frame);
}

function cardShown(card, isNew, isChanged) {
  if (isNew) news();
  if (isChanged && !restoring) announceAlso(card.summary);
}

function cleared() {
  transcript.clear();
  cards.clear();
  handoff.cleared();
  start.show(transcript.isEmpty ? "empty" : "filled");
}

function news() {
  if (!restoring) scrolling.announce();
}

function showRunning() {
  const isRunning = conversation.isRunning && !restoring;
  const log = byId("transcript");
  if (isRunning && log.getAttribute("aria-busy") === "false") announce(words("chat.answer.answering"));
  log.setAttribute("aria-busy", String(isRunning));
  composer.showRunning(isRunning);
}

function deleted() {
  conversation.clear();
  notice(words("chat.deleted"));
}

/** Said once, seen briefly above the composer. */
function notice(text) {
  announce(text);
  const bar = byId("notice");
  bar.textContent = text;
  bar.hidden = false;
  setTimeout(() => (bar.hidden = true), 6_000);
}
