// Draws bubbles, screens and buttons. Every text becomes a text node, so nothing that people type is ever markup.

// Chinese punctuation and brackets end an address.
const LINK = /https?:\/\/[^\s<>"'()\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]+/g;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// The text as nodes, with its http addresses as links.
function linked(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const link = element("a", "", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    nodes.push(text.slice(end, found.index), link);
    end = found.index + found[0].length;
  }
  return [...nodes, text.slice(end)];
}

function paragraphs(lines) {
  return lines.map(([label, text]) => {
    const line = element("p", "", ...linked(text));
    if (label !== null) line.prepend(element("b", "label", label));
    return line;
  });
}

function clock(at) {
  const then = new Date(at);
  const time = `${then.getHours()}:${String(then.getMinutes()).padStart(2, "0")}`;
  const today = then.toDateString() === new Date().toDateString();
  return today ? time : `${then.getMonth() + 1}月${then.getDate()}日 ${time}`;
}

export function bubble({ mine, title, lines, at }) {
  const made = element("article", `bubble ${mine ? "mine" : "other"}`);
  if (title) made.append(element("h2", "", title));
  made.append(...paragraphs(lines));
  if (at) {
    const time = element("time", "", clock(at));
    time.dateTime = at;
    made.append(time);
  }
  return made;
}

function attached({ name, picture, url }) {
  const link = element("a", picture ? "" : "paper");
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

export function drawScreen(place, screen) {
  const nodes = [element("h1", "", screen.title), ...paragraphs(screen.lines)];
  if (screen.attachment) nodes.push(attached(screen.attachment));
  place.replaceChildren(...nodes);
}

// The rows of buttons; `press` is called with a button's data and the button. The focus stays where it was.
export function drawKeys(place, rows, press) {
  const before = [...place.querySelectorAll("button")].indexOf(document.activeElement);
  place.replaceChildren(...rows.map((row) => element("div", "row", ...row.map((key) => {
    const button = element("button", key.main ? "main" : "", key.label);
    button.type = "button";
    button.classList.toggle("sign", "‹›".includes(key.label)); // small signs, drawn larger
    button.addEventListener("click", () => press(key.press, button));
    return button;
  }))));
  place.scrollTop = 0;
  const after = place.querySelectorAll("button");
  if (before >= 0 && after.length) after[Math.min(before, after.length - 1)].focus();
}
