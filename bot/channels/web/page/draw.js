// Draws bubbles, screens and buttons. Every text becomes a text node, so nothing that people type is ever markup.

const ADVISED = "⭐";

// Chinese punctuation and brackets end an address.
const LINK = /(?:https?|webcal):\/\/[^\s<>"'()\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]+/g;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const unseen = (text) => element("span", "unseen", text);

function unread(text) { // seen, but not read aloud
  const made = element("span", "", text);
  made.setAttribute("aria-hidden", "true");
  return made;
}

// The text as nodes: its addresses are links, and a bar of squares, beside which its number stands, is not read aloud.
function linked(text) {
  return text.split(/([■□]{3,})/).flatMap((part, n) => (n % 2 ? [unread(part)] : links(part)));
}

function links(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const link = element("a", "", found[0]);
    link.href = found[0];
    if (found[0].startsWith("http")) link.target = "_blank";
    link.rel = "noopener noreferrer";
    nodes.push(text.slice(end, found.index), link);
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)];
}

// Each line as a paragraph; `copy`, where it can be copied, is called with its text.
function paragraphs(lines, copy = null) {
  return lines.map(([label, text, copied]) => {
    const nodes = linked(text);
    if (label !== null) nodes.unshift(element("b", "label", label), unseen("："));
    if (!copied || !copy) return element("p", "", ...nodes);
    const button = element("button", "copy", "复制");
    button.type = "button";
    button.setAttribute("aria-label", label === null ? "复制" : `复制${label}`);
    button.addEventListener("click", () => copy(text));
    return element("p", text.includes("\n") ? "copied long" : "copied", element("span", "", ...nodes), button);
  });
}

function clock(at) {
  const then = new Date(at);
  const time = `${then.getHours()}:${String(then.getMinutes()).padStart(2, "0")}`;
  const today = then.toDateString() === new Date().toDateString();
  return today ? time : `${then.getMonth() + 1}月${then.getDate()}日 ${time}`;
}

export function bubble({ mine, title, lines, at }) {
  const made = element("article", `bubble ${mine ? "mine" : "other"}`, unseen(mine ? "您：" : "支部星级："));
  if (title) made.append(element("h2", "", title));
  made.append(...paragraphs(lines));
  if (at) {
    const time = element("time", "", clock(at));
    time.dateTime = at;
    made.append(time);
  }
  return made;
}

function attached({ name, picture, url, wide = false }) {
  const link = element("a", wide ? "wide" : picture ? "" : "paper");
  link.href = url;
  if (picture) {
    const image = element("img");
    image.src = url;
    image.alt = name;
    link.target = "_blank";
    link.append(image);
  } else {
    link.download = name;
    link.append(`📎 ${name}`);
  }
  return link;
}

// The parts of a title (整改台账 · 2025–2026学年第一学期): a line ends between two of them, if it has to.
function heading(title) {
  return title.split(" · ").flatMap((part, n) => [n ? " · " : "", element("span", "part", part)]);
}

export function drawScreen(place, screen, copy) {
  const nodes = [element("h1", "", ...heading(screen.title)), ...paragraphs(screen.lines, copy)];
  const file = screen.attachment;
  if (file) nodes.splice(file.wide ? 1 : nodes.length, 0, attached(file)); // a chart is read first
  place.replaceChildren(...nodes);
}

// The rows of buttons; `press` is called with a button's data and the button. The focus stays where it was.
export function drawKeys(place, rows, press) {
  const before = [...place.querySelectorAll("button")].indexOf(document.activeElement);
  place.replaceChildren(...rows.map((row) => element("div", "row", ...row.map((key) => {
    const { label, main, sign = "", name = "", chosen } = key;
    const button = element("button", main ? "main" : "", sign ? unread(sign) : "", label.slice(sign.length));
    button.type = "button";
    button.classList.toggle("small", name !== ""); // small signs, drawn larger
    button.classList.toggle("chosen", chosen === true);
    button.classList.toggle("advised", sign === ADVISED);
    if (chosen !== undefined) button.setAttribute("aria-pressed", chosen);
    if (name || sign === ADVISED) button.setAttribute("aria-label", name || `${label.slice(sign.length)}，建议`);
    button.addEventListener("click", () => press(key.press, button));
    return button;
  }))));
  place.scrollTop = 0;
  const after = place.querySelectorAll("button");
  if (before >= 0 && after.length) after[Math.min(before, after.length - 1)].focus();
}
