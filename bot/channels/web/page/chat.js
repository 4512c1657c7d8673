// The chat page: a log of frozen bubbles, one live screen under it that is edited in place, its buttons, an input line.
//
// What a person does waits in a queue and is sent in order, one at a time, each under a key of its own: sent again
// after a lost answer, it changes nothing. States carry the number of their turn; an older one never replaces a newer.

import { bubble, drawKeys, drawScreen } from "./draw.js";

const LARGEST = 20 * 1024 * 1024; // bytes of a file; the server has the last word
const PATIENCE = 20000; // ms to wait for an answer
const AGAIN = [400, 1500]; // ms until a request is tried again when the network fails
const SETTLE = 200; // ms: nobody reads a new screen faster, so a tap in this time is the second of a double tap
const KEPT = 50; // bubbles

const $ = (id) => document.getElementById(id);
const [talk, logPlace, pending, screenPlace, keys, input] = ["talk", "log", "pending", "screen", "keys", "text"].map($);
const meta = (name) => document.querySelector(`meta[name=${name}]`).content;
const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

$("late").remove(); // it says that this script did not run
const tab = random();
let turn = 0; // of the state that is shown
let screen = null;
let log = [];

// --- showing ---

function show(state) {
  if (state.turn < turn) return false;
  turn = state.turn;
  const sameLog = JSON.stringify(state.log) === JSON.stringify(log);
  const sameScreen = JSON.stringify(state.screen) === JSON.stringify(screen);
  const sameTitle = screen !== null && state.screen.title === screen.title;
  const sameRows = screen !== null && JSON.stringify(state.screen.rows) === JSON.stringify(screen.rows);
  [screen, log] = [state.screen, state.log];
  if (!sameLog) logPlace.replaceChildren(...log.map(bubble));
  if (!sameScreen) drawScreen(screenPlace, screen);
  if (!sameRows) {
    drawKeys(keys, screen.rows, press);
    settle();
  }
  input.placeholder = screen.hint || "可直接输入";
  if (!sameLog || !sameTitle) scroll();
  return true;
}

// The end of the talk, or, of a screen that is longer than the window, its beginning.
const goal = () => Math.max(0, Math.min(screenPlace.offsetTop - 8, talk.scrollHeight - talk.clientHeight));
function scroll() { talk.scrollTop = goal(); }

// Do something that makes the talk higher or lower; who has not scrolled away sees its end afterwards too.
function keepingPlace(change) {
  const there = Math.abs(talk.scrollTop - goal()) < 4;
  change();
  if (there) scroll();
}

let settling = 0;
function settle() {
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
  queue = queue.filter((item) => item.press === undefined); // only the last of several taps counts
  enqueue({ key: random(), press: data });
}

function say(text, group) {
  const key = unsent?.text === text ? unsent.key : random();
  unsent = null;
  enqueue({ key, text, group, bubble: waitingBubble(text) });
}

// Files that were chosen together are one group, and what is typed goes with them: it is their caption.
function sendFiles(files, group = random()) {
  submit(group);
  for (const { file, key = random() } of files) {
    const bubble = waitingBubble(`📎 ${file.name}`);
    enqueue(file.size > LARGEST ? { key, group, file, unreadable: "large", bubble } : { key, group, file, bubble });
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
  queue.push(item);
  pump();
}

async function pump() {
  if (sending || !queue.length) return;
  sending = queue.shift();
  tellBusy();
  try {
    const answer = await ask(sending);
    sending.bubble?.remove();
    if (answer.go) { // a code was typed: on as whoever one is now, or to the page that asks who joins
      failed(queue, { quiet: true });
      location.assign(answer.go);
      return;
    }
    if (answer.who && answer.who !== meta("chat-who")) location.reload();
    show({ turn: answer.turn, screen: answer.screen, log: [...log, ...answer.log].slice(-KEPT) });
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

// --- asking the server ---

class Problem extends Error {}

// The answer to one item of the queue. The network gets three tries; what the server refuses is refused.
async function ask(item) {
  for (let tries = 0; ; tries += 1) {
    const answer = item.file && !item.unreadable ? await upload(item) : await post(item);
    const problem = new Problem("没有连上，请检查网络。");
    if (answer?.ok) return answer.body;
    if (answer?.cancelled) throw Object.assign(problem, { quiet: true });
    if (answer?.body?.error && answer.status !== 503) {
      throw Object.assign(problem, { message: answer.body.error, reload: answer.body.reload });
    }
    if (tries === AGAIN.length) throw problem;
    await pause(AGAIN[tries]);
  }
}

const headers = () => ({ "X-Chat-Token": meta("chat-token"), "X-Chat-Tab": tab });

async function post({ key, press: pressed, text, unreadable, group }) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const response = await fetch("/say", {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify({ key, press: pressed, text, unreadable, group }),
      signal: late.signal,
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// XMLHttpRequest, because fetch does not tell how far an upload is.
function upload({ key, file, group }) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const bar = notice(`正在发送 ${file.name}`, "取消", () => request.abort());
    bar.hidden = false;
    bar.value = 0;
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    const end = (answer) => { notice(""); done(answer); };
    request.onload = () => {
      const { status, responseText } = request;
      try { end({ ok: status === 200, status, body: JSON.parse(responseText) }); } catch { end(null); }
    };
    request.onerror = () => end(null);
    request.onabort = () => end({ cancelled: true });
    request.open("POST", "/upload");
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("X-Chat-Key", key);
    request.setRequestHeader("X-Chat-Group", group);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.send(file);
  });
}

// --- hearing what changed elsewhere ---

let source = null;
let failures = 0;
let reconnecting = 0;
let lastBeat = 0;
let outside = false; // whether the server does not know us

function connect() {
  clearTimeout(reconnecting);
  source?.close();
  source = new EventSource(`/events?tab=${tab}`);
  lastBeat = Date.now();
  let first = true;
  source.addEventListener("state", (event) => {
    const state = { ...JSON.parse(event.data), turn: Number(event.lastEventId) };
    if (state.who !== meta("chat-who")) location.reload();
    if (first && sending === null) turn = 0; // a server that came back counts anew
    first = false;
    failures = 0;
    lastBeat = Date.now();
    $("offline").hidden = true;
    if (outside) notice("");
    outside = false;
    if (!show(state)) connect(); // overtaken by an answer: ask for the newest
  });
  source.addEventListener("beat", () => { lastBeat = Date.now(); });
  source.addEventListener("refused", (event) => { // no cookie, or the login is over: coming back would not help
    source.close();
    outside = true;
    notice(JSON.parse(event.data), "刷新", () => location.reload());
  });
  source.addEventListener("error", lost);
}

// The stream broke: come back soon, then ever more slowly.
function lost() {
  source.close();
  failures += 1;
  $("offline").hidden = false;
  clearTimeout(reconnecting);
  reconnecting = setTimeout(connect, Math.min(20000, 500 * 2 ** failures) * (0.75 + Math.random() / 2));
}

let resting = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(resting);
  if (document.hidden) resting = setTimeout(() => source.close(), 60000); // a page nobody sees needs no news
  else if (source.readyState === EventSource.CLOSED || Date.now() - lastBeat > 20000) connect();
});
addEventListener("online", connect);
addEventListener("offline", lost);
setInterval(() => { if (!document.hidden && Date.now() - lastBeat > 45000) connect(); }, 5000);

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
$("file").addEventListener("change", (event) => {
  sendFiles(Array.from(event.target.files, (file) => ({ file })));
  event.target.value = "";
});
addEventListener("resize", scroll);
if ("BroadcastChannel" in window) { // another persona may be chosen in another tab
  const tabs = new BroadcastChannel("chat");
  tabs.onmessage = (event) => { if (event.data !== meta("chat-who")) location.reload(); };
  tabs.postMessage(meta("chat-who"));
}
if (sessionStorage.getItem("who") !== meta("chat-who")) sessionStorage.clear(); // somebody else's draft
sessionStorage.setItem("who", meta("chat-who"));
input.value = sessionStorage.getItem("draft") ?? "";
connect();
