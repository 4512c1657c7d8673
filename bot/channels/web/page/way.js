// The browser's history: one entry for each screen that one came to, with the action that shows it again.
//
// Below the first of them, which is at 1, lie entries without one: the back button never leaves the chat. They are
// many, for an impatient finger presses again and again before a busy browser is back in front of them.

const BELOW = 12;
const PAUSE = 60; // ms without a step, after which the finger has come to rest

let falling = 0; // a timer, from a step below the first screen until the browser is back there
let called = false; // whether the browser was told to go there, and is not there yet
let lowest = 1; // where it was when it was last told

const place = () => history.state?.at;

// A screen is shown that `here` shows again. `step`: one went there by oneself; else it took the place of another one.
export function arrived(who, here, { step }) {
  if (place() === undefined) {
    history.replaceState({ at: 1 - BELOW }, "");
    for (let at = 2 - BELOW; at < 1; at += 1) history.pushState({ at }, "");
    history.pushState({ at: 1, who, here }, "");
  } else if (place() < 1 || history.state.here === here) {
    return;
  } else if (step) {
    history.pushState({ at: place() + 1, who, here }, "");
  } else {
    history.replaceState({ at: place(), who, here }, "");
  }
}

// Call `show` with the action of the screen that a step back or forward led to; with none, for the way home, where it
// led below the first one, or to what was somebody else's.
export function comeBack(who, show) {
  const back = () => {
    const at = place();
    if (!called || at > lowest) { // what was told before is done: else it is still under way
      called = at !== 1;
      if (called) history.go(1 - at);
    }
    lowest = at;
    clearTimeout(falling);
    falling = setTimeout(() => {
      called = false;
      falling = 0;
      if (place() === 1) show();
      else back();
    }, PAUSE);
  };
  addEventListener("popstate", ({ state }) => {
    if (state?.at === undefined) return;
    if (falling || state.at < 1) back();
    else show(state.who === who ? state.here : undefined);
  });
  if (place() < 1) history.replaceState(null, ""); // reloaded down there: it begins anew
}
