// What came while nobody looked is counted in the title and on the icon, until the page, or another one beside it, is
// looked at. What was seen is remembered in the browser, by whose it is.

const TITLE = document.title;
const SIZE = 64; // px
const icon = document.getElementById("icon");
const plain = icon.href;
const star = new Image();
star.src = plain;

let shown = 0;
let told = 0; // the turn of which the server knows that it was seen

// The log as it is now; it is seen when the page is.
export function looked(who, log) {
  const newest = Math.max(0, ...log.map((one) => Date.parse(one.at)));
  const key = `seen ${who}`;
  const known = localStorage.getItem(key);
  if (!document.hidden || known === null) localStorage.setItem(key, Math.max(newest, Number(known)));
  const seen = Number(localStorage.getItem(key));
  count(log.filter((one) => !one.mine && Date.parse(one.at) > seen).length);
}

// The server hears which turn of its stream is drawn where somebody looks; what failed is said again later.
export async function seen(turn, headers) {
  if (document.visibilityState !== "visible" || !turn || turn === told) return;
  told = turn;
  const body = JSON.stringify({ turn });
  const how = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body, keepalive: true };
  const answer = await fetch("/seen", how).catch(() => null);
  if (!answer?.ok && told === turn) told = 0;
}

function count(news) {
  if (news === shown) return;
  shown = news;
  document.title = news ? `(${news}) ${TITLE}` : TITLE;
  if (!news) icon.href = plain;
  else star.decode().then(() => { if (shown === news) icon.href = drawn(news); }, () => {});
}

// The icon with a number in its corner.
function drawn(news) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  pen.drawImage(star, 0, 0, SIZE, SIZE);
  pen.beginPath();
  pen.arc(42, 42, 22, 0, 2 * Math.PI);
  pen.fillStyle = "#fff";
  pen.fill();
  pen.fillStyle = "#a3201d";
  pen.font = "bold 34px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(news > 9 ? "9+" : news, 42, 44, 40);
  return canvas.toDataURL("image/png");
}
