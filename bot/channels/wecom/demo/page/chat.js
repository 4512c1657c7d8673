// The chat of one person with the bot: what lies in it is asked each second, and at once after something was done.

const EACH = 1000; // milliseconds
const place = location.pathname;
const messages = document.querySelector("#messages");
const text = document.querySelector("#text");
const trouble = document.querySelector("#trouble");
const full = document.querySelector("#full"); // the bot has to wait before it may send more
const quoted = document.querySelector("#quoted");
let seen = "";
let quotes = null; // the number of the message that is answered

async function look() {
  const answer = await fetch(`${place}/messages?seen=${seen}`);
  full.hidden = answer.headers.get("X-Full") !== "1";
  if (answer.status !== 200) return;
  seen = answer.headers.get("X-Seen");
  draw(await answer.text());
}

// Only what has changed is drawn anew, so that what is marked or focused elsewhere stays.
function draw(html) {
  const fresh = document.createElement("ol");
  fresh.innerHTML = html;
  const there = new Map([...messages.children].map((one) => [one.dataset.number, one]));
  const below = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  let come = false;
  for (const one of [...fresh.children]) {
    const old = there.get(one.dataset.number);
    there.delete(one.dataset.number);
    if (!old) {
      messages.append(one);
      come = true;
    } else if (old.outerHTML !== one.outerHTML) old.replaceWith(one);
  }
  for (const gone of there.values()) gone.remove();
  if (come || below) messages.scrollTop = messages.scrollHeight;
}

async function send(what, asked, body, type) {
  messages.setAttribute("aria-busy", "true");
  try {
    const headers = type ? { "Content-Type": type } : {};
    const answer = await fetch(`${place}/${what}?${new URLSearchParams(asked)}`, { method: "POST", body, headers });
    const wrong = answer.ok ? "" : (await answer.json()).error;
    trouble.textContent = wrong;
    trouble.hidden = !wrong;
    await look();
    return answer.ok;
  } catch {
    trouble.textContent = "程序没有回应，请确认演示还在运行。";
    trouble.hidden = false;
    return false;
  } finally {
    messages.setAttribute("aria-busy", "false");
  }
}

async function say(asked) {
  if (!text.value.trim()) return;
  if (quotes !== null) asked.quotes = quotes;
  if (await send("say", asked, text.value)) {
    text.value = "";
    unquote();
  }
}

function quote(number, words) {
  quotes = number;
  quoted.hidden = false;
  quoted.querySelector("span").textContent = `引用：${words}`;
  text.focus();
}

function unquote() {
  quotes = null;
  quoted.hidden = true;
}

messages.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const message = button.closest("li");
  if (button.name === "key") send("press", { card: message.dataset.number, key: button.value });
  else quote(message.dataset.number, message.firstChild.innerText.split("\n")[0]);
});
document.querySelector("#typing").addEventListener("submit", (event) => {
  event.preventDefault();
  say({});
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say({});
});
document.querySelector("#speak").addEventListener("click", () => say({ spoken: "" }));
document.querySelector("#unquote").addEventListener("click", unquote);
document.querySelector("#file").addEventListener("change", async ({ target }) => {
  for (const file of target.files) await send("send", { name: file.name }, file, file.type || "application/octet-stream");
  target.value = "";
});
setInterval(() => {
  if (!document.hidden) look().catch(() => {});
}, EACH);
send("enter", {});
