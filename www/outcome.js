// How something that the visitor asked for went, in one line.

import { milliseconds } from "./dom.js";
import { problem } from "./warnings.js";

/** Waits for `work`, which resolves with a few words, and shows them in this element; or what went wrong. */
export async function show(element, work) {
  const started = performance.now();
  try {
    element.replaceChildren(`${await work()} · ${milliseconds(performance.now() - started)}`);
  } catch (error) {
    element.replaceChildren(problem(error));
  }
}
