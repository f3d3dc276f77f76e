// What went wrong without ending the connection.

import { byId, element } from "./dom.js";

const CAPACITY = 20;
let total = 0;

/** Shows a TeraError: its code, and the message that says what happened and what to do about it. */
export function problem(error) {
  return element("div", "problem", element("code", "", error.code ?? error.name), " ", error.message);
}

/** Adds a warning to the list, newest first. */
export function update(error) {
  total += 1;
  byId("warnings-count").textContent = String(total);
  const list = byId("warnings");
  list.hidden = false;
  list.prepend(element("li", "", problem(error)));
  while (list.children.length > CAPACITY) list.lastElementChild.remove();
}
