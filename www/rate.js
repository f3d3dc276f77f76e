// Events per second over the last minute, as bars.

import { byId } from "./dom.js";

const SECONDS = 60;
const WIDTH = 600;
const HEIGHT = 100;
const GAP = 3;
/** The scale never gets finer than this, so that one event doesn't fill the chart. */
const LEAST_SCALE = 5;
/** How often the text for screen readers follows, in seconds. */
const SPOKEN_EVERY = 10;

/** Events in each of the last seconds, oldest first; the last one is still under way. */
const counts = new Array(SECONDS).fill(0);
const bars = [];
let total = 0;
let elapsed = 0;

/** Counts an event. */
export function update() {
  counts[SECONDS - 1] += 1;
  total += 1;
}

/** Draws an empty chart and moves it on every second. */
export function start() {
  for (let second = 0; second < SECONDS; second += 1) {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar.setAttribute("x", second * (WIDTH / SECONDS) + GAP / 2);
    bar.setAttribute("width", WIDTH / SECONDS - GAP);
    bar.setAttribute("rx", "1.5");
    bars.push(bar);
  }
  byId("rate-chart").append(...bars);
  setInterval(() => {
    render();
    elapsed += 1;
    counts.shift();
    counts.push(0);
  }, 1000);
  render();
}

function render() {
  const peak = Math.max(...counts);
  const scale = Math.max(LEAST_SCALE, peak);
  for (const [second, bar] of bars.entries()) {
    const height = Math.max(1.5, (counts[second] / scale) * HEIGHT);
    bar.setAttribute("y", HEIGHT - height);
    bar.setAttribute("height", height);
  }
  const seconds = Math.min(SECONDS, elapsed + 1);
  const mean = counts.reduce((sum, count) => sum + count, 0) / seconds;
  byId("rate-mean").textContent = mean.toFixed(1);
  byId("rate-peak").textContent = peak;
  byId("rate-total").textContent = total.toLocaleString();
  byId("rate-scale").textContent = String(scale);
  if (elapsed % SPOKEN_EVERY === 0) {
    byId("rate-text").textContent =
      `In the last ${seconds} seconds: ${mean.toFixed(1)} events per second on average, at most ${peak}; ${total} in all.`;
  }
}
