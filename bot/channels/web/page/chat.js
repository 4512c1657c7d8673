// The chat page: a log of frozen bubbles, one live screen under it that is edited in place, its buttons, an input line.
//
// Each screen that one comes to is a step in the browser's history, so that the phone's own back button works (way.js).
//
// What a person does waits in a queue and is sent in order, one at a time, each under a key of its own: sent again
// after a lost answer, it changes nothing. States carry the number of their turn; an older one never replaces a newer.

import { answered } from "./asking.js";
import { copied } from "./copy.js";
import { bubble, drawKeys, drawScreen } from "./draw.js";
import { looked, seen } from "./news.js";
import { listen } from "./stream.js";
import { arrived, comeBack } from "./way.js";

const LARGEST = 20 * 1024 * 1024; // bytes of a file; the server has the last word
const SETTLE = 200; // ms: nobody reads a new screen faster, so a tap in this time is the second of a double tap
const KEPT = 50; // bubbles

const $ = (id) => document.getElementById(id);
const [talk, logPlace, pending, screenPlace, keys, input] = ["talk", "log", "pending", "screen", "keys", "text"].map($);
const meta = (name) => document.querySelector(`meta[name=${name}]`).content;
const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

$("late").remove(); // it says that this script did not run
const tab = random();
const who = meta("chat-who");
const headers = { "X-Chat-Token": meta("chat-token"), "X-Chat-Tab": tab };
let turn = 0; // of the state that is shown
let screen = null;
let log = [];
let told = false; // whether the log has just grown
let held = null; // the state with a notice that came while something else was read here, and how many came: `news`

// --- showing ---

function show(state) {
  if (state.turn < turn) return false;
  if (held) notice("");
  held = null;
  turn = state.turn;
  const sameLog = JSON.stringify(state.log) === JSON.stringify(log);
  const sameScreen = JSON.stringify(state.screen) === JSON.stringify(screen);
  const sameTitle = screen !== null && state.screen.title === screen.title;
  const sameRows = screen !== null && JSON.stringify(state.screen.rows) === JSON.stringify(screen.rows);
  [screen, log] = [state.screen, state.log];
  if (!sameLog) logPlace.replaceChildren(...log.map(bubble));
  if (!sameScreen) drawScreen(screenPlace, screen, copy);
  if (!sameRows) {
    drawKeys(keys, screen.rows, press);
    settle();
  }
  input.placeholder = screen.hint || "可直接输入";
  $("typing").classList.toggle("takes", screen.takes);
  looked(who, log);
  told = !sameLog;
  if (!sameLog || !sameTitle) scroll();
  return true;
}

// Whether a notice would take the place of what is read here: it is the newest bubble, and stands there from now on.
function interrupts(state) {
  if (screen === null || state.screen.here === screen.here) return false;
  return came(state) || (held !== null && state.screen.here === held.screen.here);
}

function came(state) {
  const newest = state.log.at(-1);
  const known = JSON.stringify(newest) === JSON.stringify(log.at(-1));
  return !known && newest !== undefined && !newest.mine && newest.title === state.screen.title;
}

// The notice is in the log and announced; what is read stays, and its buttons do what they say.
function hold(state) {
  const news = (held?.news ?? 0) + (came(state) ? 1 : 0);
  held = { ...state, news };
  log = state.log;
  keepingPlace(() => logPlace.replaceChildren(...log.map(bubble)));
  looked(who, log);
  notice(news > 1 ? `来了 ${news} 条新消息。` : `来了新消息：${state.screen.title}`, "打开", open);
}

// Turn to what was announced; the way back leads to what was read.
function open() {
  const state = held;
  if (state && show(state)) arrived(who, screen.here, { step: true });
}

// The end of the talk, or, of a screen that is longer than the window, its beginning; why nothing came of what was just
// said is read before it.
const goal = () => Math.max(0, Math.min(first().offsetTop - 8, talk.scrollHeight - talk.clientHeight));
function first() {
  const [said, why] = log.slice(-2);
  return told && said?.mine && why && !why.mine && !why.title ? logPlace.lastElementChild : screenPlace;
}
function scroll() { talk.scrollTop = goal(); }

// Do something that makes the talk higher or lower; who has not scrolled away sees its end afterwards too.
function keepingPlace(change) {
  const there = Math.abs(talk.scrollTop - goal()) < 4;
  change();
  if (there) scroll();
}

async function copy(text) {
  toast((await copied(text)) ? "已复制" : "没能复制。请长按文字，再点「复制」。");
}

function markMore() { // buttons that do not fit are scrolled to
  keys.classList.toggle("more", keys.scrollHeight - keys.scrollTop - keys.clientHeight > 8);
}

let settling = 0;
function settle() {
  markMore();
  clearTimeout(settling);
  settling = setTimeout(() => { settling = 0; tellBusy(); }, SETTLE);
  tellBusy();
}

// Busy means: an answer is awaited, or the buttons have only just changed.
function tellBusy() {
  const busy = screen === null || sending !== null || settling !== 0;
  talk.setAttribute("aria-busy", busy);
  keys.setAttribute("aria-disabled", busy);
}

let toasting = 0;
function toast(text) {
  const place = $("toast");
  clearTimeout(toasting);
  keepingPlace(() => {
    place.textContent = text;
    place.classList.toggle("shown", text !== "");
  });
  toasting = setTimeout(() => keepingPlace(() => place.classList.remove("shown")), 2200 + 100 * text.length);
}

// One sentence above the buttons, with one thing to do about it.
function notice(text, label = "", act = null) {
  const place = $("notice");
  const [sentence, progress, button] = place.children;
  keepingPlace(() => {
    place.hidden = !text;
    sentence.textContent = text;
    progress.hidden = true;
    button.textContent = label;
  });
  button.onclick = () => { notice(""); act?.(); };
  return progress;
}

// --- doing: the queue ---

let queue = [];
let sending = null;
let unsent = null; // the text that went back to the input line, with its key

function press(data, button) {
  if (settling) return;
  if (sending?.press === data) return; // the second tap of a double tap
  for (const other of keys.querySelectorAll(".sent")) other.classList.remove("sent");
  button.classList.add("sent");
  ask(data);
}

// Ask for something as a button does; `back`: the history stands there already.
function ask(data, back = false) {
  queue = queue.filter((item) => item.press === undefined); // only the last of several taps counts
  enqueue({ key: random(), press: data, back });
}

function say(text, group) {
  const key = unsent?.text === text ? unsent.key : random();
  unsent = null;
  enqueue({ key, text, group, bubble: waitingBubble(text) });
}

// Files that were chosen together are one group, and what is typed goes with them: it is their caption.
function sendFiles(files, group = random()) {
  if (held) {
    open();
    notice("来了新消息，文件还没有发送。请看后再发。", "发送", () => sendFiles(files, group));
    return;
  }
  submit(group);
  for (const [n, { file, key = random() }] of files.entries()) {
    const place = files.length > 1 ? `（${n + 1}/${files.length}）` : "";
    const bubble = waitingBubble(`📎 ${file.name}`);
    const unreadable = file.size > LARGEST ? "large" : undefined;
    enqueue({ key, group, file, place, unreadable, bubble });
  }
}

function waitingBubble(text) {
  const made = bubble({ mine: true, title: "", lines: [[null, text]] });
  pending.append(made);
  scroll();
  return made;
}

function enqueue(item) {
  notice("");
  held = null;
  queue.push(item);
  pump();
}

async function pump() {
  if (sending || !queue.length) return;
  sending = queue.shift();
  tellBusy();
  try {
    const answer = await answered(sending, headers, notice);
    sending.bubble?.remove();
    if (answer.go) { // a code was typed: on as whoever one is now, or to the page that asks who joins
      failed(queue, { quiet: true });
      location.assign(answer.go);
      return;
    }
    if (answer.who && answer.who !== who) location.reload();
    if (show({ turn: answer.turn, screen: answer.screen, log: [...log, ...answer.log].slice(-KEPT) })) {
      arrived(who, screen.here, { step: !sending.back });
    }
    toast(answer.toast);
  } catch (problem) {
    failed([sending, ...queue], problem);
    queue = [];
  }
  for (const button of keys.querySelectorAll(".sent")) if (!queue.length) button.classList.remove("sent");
  sending = null;
  tellBusy();
  pump();
}

// Nothing typed is lost: it goes back to the input line. The retry sends the same keys.
function failed(items, problem) {
  for (const item of items) item.bubble?.remove();
  const texts = items.filter((item) => item.text !== undefined);
  if (texts.length) {
    const back = texts.map((item) => item.text).join("\n");
    input.value = input.value ? `${back}\n${input.value}` : back;
    unsent = texts.length === 1 ? { key: texts[0].key, text: back } : null;
    grow();
  }
  if (problem.quiet) return;
  const [first] = items;
  const files = items.filter((item) => item.file);
  if (problem.reload) notice(problem.message, "刷新", () => location.reload());
  else if (files.length) notice(problem.message, "重试", () => sendFiles(files, files[0].group));
  else if (first.text !== undefined) notice(problem.message, "重试", () => submit());
  else notice(problem.message, "重试", () => enqueue(first));
}

// --- hearing what changed elsewhere ---

let outside = false; // whether the server does not know us
let stranger = true; // whom nothing is told
let drawn = 0; // the turn of the state that came last and is drawn

// Whether a state that came is drawn; one that an answer has overtaken is asked for anew.
function heard(state, first) {
  if (state.who !== who) location.reload();
  if (first && sending === null) turn = 0; // a server that came back counts anew
  if (outside) notice("");
  outside = false;
  stranger = state.stranger;
  drawn = 0;
  if (interrupts(state)) hold(state);
  else if (show(state)) arrived(who, screen.here, { step: false });
  else return false;
  drawn = state.turn;
  tell();
  return true;
}

function refused(why) { // no cookie, or the login is over: coming back would not help
  outside = true;
  notice(why, "刷新", () => location.reload());
}

// Say what somebody sees; strangers have nothing that waits.
function tell() { if (!stranger) seen(drawn, headers); }

document.addEventListener("visibilitychange", () => { looked(who, log); tell(); });

// --- the input line ---

function grow() {
  sessionStorage.setItem("draft", input.value);
  if (CSS.supports("field-sizing", "content")) return;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 2}px`;
}

function submit(group) {
  const text = input.value.trim();
  if (!text) return;
  if (held) { // what is typed is heard by what came: that is seen first
    open();
    toast("来了新消息。请看后再发送。");
    return;
  }
  input.value = "";
  grow();
  say(text, group);
}

$("typing").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
input.addEventListener("input", grow);
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
for (const chooser of document.querySelectorAll("#file, #photo")) {
  chooser.addEventListener("change", () => {
    sendFiles(Array.from(chooser.files, (file) => ({ file })));
    chooser.value = "";
  });
}
keys.addEventListener("scroll", markMore);
addEventListener("resize", () => { scroll(); markMore(); });
addEventListener("storage", () => looked(who, log)); // another tab showed it
if ("BroadcastChannel" in window) { // another persona may be chosen in another tab
  const tabs = new BroadcastChannel("chat");
  tabs.onmessage = (event) => { if (event.data !== who) location.reload(); };
  tabs.postMessage(who);
}
if (sessionStorage.getItem("who") !== who) sessionStorage.clear(); // somebody else's draft
sessionStorage.setItem("who", who);
input.value = sessionStorage.getItem("draft") ?? "";
comeBack(who, (here) => {
  const to = here ?? meta("chat-home");
  if (screen?.here !== to) ask(to, true);
  else if (here === undefined) toast("已经是首页了。");
});
listen(tab, { heard, refused, beat: tell, rests: () => stranger });
