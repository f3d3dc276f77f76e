// Tabs: one panel of several is shown. The arrow keys go from one to the next, Home and End to the first and last, as in every list of tabs.

import { byId } from "./dom.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const ENDS = { Home: 0, End: -1 };

/** Connects the tabs of the list with this id. What a tab shows, it names in `aria-controls`. */
export function start(id) {
  const tabs = [...byId(id).children];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tabs, tab));
    tab.addEventListener("keydown", (press) => {
      const { key } = press;
      const next = key in ENDS ? tabs.at(ENDS[key]) : STEPS[key] && tabs.at((index + STEPS[key]) % tabs.length);
      if (!next) return;
      press.preventDefault();
      next.focus();
      next.click();
    });
  }
}

function select(tabs, chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    for (const part of tab.getAttribute("aria-controls").split(" ")) byId(part).hidden = !isChosen;
  }
}
