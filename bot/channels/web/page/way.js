// The browser's history: one entry for each screen that one came to, with the action that shows it again.
//
// Below the first of them lie entries without one: the back button never leaves the chat. They are several, for one may
// press again before the browser is back in front of them.

const BELOW = 3;

let fell = false; // whether the last step back led below the first screen

// A screen is shown that `here` shows again. `step`: one went there by oneself; else it took the place of another one.
export function arrived(who, here, { step }) {
  const at = history.state;
  if (at?.here === undefined && !at?.below) {
    history.replaceState({ below: BELOW }, "");
    for (let below = BELOW - 1; below > 0; below -= 1) history.pushState({ below }, "");
    history.pushState({ who, here }, "");
  } else if (at.here === undefined || at.here === here) {
    return;
  } else if (step) {
    history.pushState({ who, here }, "");
  } else {
    history.replaceState({ who, here }, "");
  }
}

// Call `show` with the action of the screen that a step back or forward led to; with none, for the way home, where it
// led below the first one, or to what was somebody else's.
export function comeBack(who, show) {
  addEventListener("popstate", ({ state }) => {
    if (state?.below) {
      fell = true;
      history.go(state.below);
      return;
    }
    const here = fell || state?.who !== who ? undefined : state.here;
    fell = false;
    show(here);
  });
  if (history.state?.below) history.go(history.state.below); // reloaded on the way
}
