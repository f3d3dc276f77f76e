// Counts what a page hears, the same for all of them.

let count = 0;
let sum = 0;
let start = 0;
let awaited = Infinity;
let arrive;
let greet;

/** The moment of the first event. */
export const first = new Promise((resolve) => (greet = resolve));

/** Takes an event in; its texts' lengths prove that they were read. */
export function hear(lengths) {
  sum += lengths;
  if (count++ === 0) start = performance.now();
  if (count === awaited) arrive({ milliseconds: performance.now() - start, sum });
}

/** Takes the first event in. */
export function hearFirst() {
  greet(performance.now());
}

/** Starts to count: `globalThis.arrived` resolves once so many events were heard, with the milliseconds from the first on. */
globalThis.expectEvents = (events) => {
  count = 0;
  awaited = events;
  globalThis.arrived = new Promise((resolve) => (arrive = resolve));
};

// A page whose own address says where to connects as soon as it is parsed; `globalThis.moment` is that of its first event.
const url = new URLSearchParams(location.search).get("connect");
if (url) addEventListener("DOMContentLoaded", () => (globalThis.moment = globalThis.start(url)));
