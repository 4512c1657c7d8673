// The stream of what changes elsewhere: one connection, which comes back by itself, soon at first and then ever later.

const offline = document.getElementById("offline");
let source = null;
let failures = 0;
let reconnecting = 0;
let resting = 0;
let lastBeat = 0;
let address = "";
let page = null;

// `heard` takes a state, and whether it is the first of a connection; false: it is asked for anew. `beat`: the server is
// there. `rests`: whether a page that nobody sees may let go.
export function listen(tab, hooks) {
  [address, page] = [`/events?tab=${tab}`, hooks];
  connect();
}

function connect() {
  clearTimeout(reconnecting);
  source?.close();
  source = new EventSource(address);
  lastBeat = Date.now();
  let first = true;
  source.addEventListener("state", (event) => {
    const state = { ...JSON.parse(event.data), turn: Number(event.lastEventId) };
    lastBeat = Date.now();
    failures = 0;
    offline.hidden = true;
    const drawn = page.heard(state, first);
    first = false;
    if (!drawn) connect();
  });
  source.addEventListener("beat", () => { lastBeat = Date.now(); page.beat(); });
  source.addEventListener("refused", (event) => { source.close(); page.refused(JSON.parse(event.data)); });
  source.addEventListener("error", lost);
}

// A page nobody sees takes no seen one's place.
function lost() {
  source.close();
  failures += 1;
  offline.hidden = false;
  clearTimeout(reconnecting);
  const wait = document.hidden ? 60000 : Math.min(20000, 500 * 2 ** failures);
  reconnecting = setTimeout(connect, wait * (0.75 + Math.random() / 2));
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(resting);
  if (document.hidden && page.rests()) resting = setTimeout(() => source.close(), 60000);
  else if (document.hidden) return; // its title counts what is new
  else if (source.readyState === EventSource.CLOSED || Date.now() - lastBeat > 20000) connect();
});
addEventListener("online", connect);
addEventListener("offline", lost);
setInterval(() => { if (!document.hidden && Date.now() - lastBeat > 45000) connect(); }, 5000);
