// The event stream: newest first, bounded, with each event's raw message.

import { action, family, subject } from "./describe.js";
import { byId, element } from "./dom.js";
import { pretty } from "./json.js";

/** As many rows are shown, and as many events of each type are kept. */
const CAPACITY = 200;

/** The newest events of each type, oldest first, so that a flood of one type leaves the others to be read. */
const kept = new Map();
let arrivals = 0;
let paused = false;
let missed = 0;
/** Records that arrived since rows were last drawn. */
let fresh = [];

/** Takes in any event. */
export function update(event) {
  const record = { number: arrivals++, time: new Date(), event };
  const ofType = kept.get(event.$type) ?? addType(event.$type);
  ofType.push(record);
  if (ofType.length > CAPACITY) ofType.shift();
  if (paused) missed += 1;
  else fresh.push(record);
  if (fresh.length > CAPACITY) fresh.shift();
}

/** Draws what arrived since the last time. */
export function render() {
  byId("stream-count").textContent = paused && missed ? `${missed} more while paused` : "";
  if (paused) return;
  const rows = fresh.filter(isWanted).map(row).reverse();
  fresh = [];
  const list = byId("stream");
  list.prepend(...rows);
  while (list.children.length > CAPACITY) list.lastElementChild.remove();
}

/** Connects the stream's controls. */
export function start() {
  byId("stream-filter").addEventListener("change", redraw);
  byId("stream-pause").addEventListener("click", () => {
    paused = !paused;
    missed = 0;
    byId("stream-pause").setAttribute("aria-pressed", String(paused));
    byId("stream-pause").textContent = paused ? "Resume" : "Pause";
    if (!paused) redraw();
    render();
  });
}

function addType(type) {
  const records = [];
  kept.set(type, records);
  const filter = byId("stream-filter");
  const after = [...filter.options].slice(1).find((option) => option.value > type);
  filter.add(new Option(type, type), after);
  return records;
}

function isWanted(record) {
  const wanted = byId("stream-filter").value;
  return !wanted || record.event.$type === wanted;
}

/** Draws the newest of what is kept; what arrived in a pause is among it. */
function redraw() {
  fresh = [];
  const wanted = [...kept.values()].flat().filter(isWanted).sort((a, b) => b.number - a.number);
  byId("stream").replaceChildren(...wanted.slice(0, CAPACITY).map(row));
}

function row({ time, event }) {
  const label = element("span", "label", event.$type);
  label.dataset.family = family(event);
  const stamp = element("time", "", time.toLocaleTimeString([], { hour12: false }));
  stamp.dateTime = time.toISOString();
  const said = element("span", "said", element("b", "", subject(event)), " ", action(event));
  const details = element("details", "", element("summary", "", stamp, label, said));
  // Made when it is first looked at: most never are.
  details.addEventListener("toggle", () => details.append(raw(event)), { once: true });
  return element("li", "", details);
}

function raw({ $type, $header, ...fields }) {
  const made = element("pre", "raw", pretty({ $type, $header, ...fields }));
  made.tabIndex = 0;
  made.setAttribute("aria-label", `Raw ${$type}`);
  return made;
}
