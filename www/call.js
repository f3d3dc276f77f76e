// The box that calls a procedure and shows what comes back, and when.

import { byId, isPaused, milliseconds, pause } from "./dom.js";
import { parseArguments, pretty } from "./json.js";
import { problem } from "./warnings.js";

/** What the demo service offers, with arguments to try. */
const EXAMPLES = {
  add: "[2, 40]",
  echo: '["héllo", true, 1.5, 9007199254740993]',
  online_users: "[]",
  status_devices: "[]",
  sleep: "[1500]",
  fail: '["as you wish"]',
};

/** Connects the box; `client` gives the client, or throws while there is none. */
export function start(client) {
  byId("call-methods").append(...Object.keys(EXAMPLES).map((name) => new Option(name, name)));
  byId("call-method").addEventListener("input", offerExample);
  byId("call").addEventListener("submit", (submission) => {
    submission.preventDefault();
    if (!isPaused(byId("call-send"))) call(client);
  });
}

/** Replaces one example's arguments by another's, never what somebody typed. */
function offerExample() {
  const example = EXAMPLES[byId("call-method").value.trim()];
  const current = byId("call-arguments");
  const untouched = current.value.trim() === "" || Object.values(EXAMPLES).includes(current.value);
  if (example && untouched) current.value = example;
}

async function call(client) {
  const aborter = new AbortController();
  const cancel = () => aborter.abort();
  byId("call-cancel").addEventListener("click", cancel);
  showBusy(true);
  const started = performance.now();
  try {
    const args = parseArguments(byId("call-arguments").value);
    const options = { signal: aborter.signal };
    const result = await client().call(byId("call-target").value.trim(), byId("call-method").value.trim(), args, options);
    show(`OK · ${milliseconds(performance.now() - started)}`, pretty(result));
  } catch (error) {
    show(`Failed · ${milliseconds(performance.now() - started)}`, problem(error));
  } finally {
    byId("call-cancel").removeEventListener("click", cancel);
    showBusy(false);
  }
}

function showBusy(busy) {
  // The button to cancel with goes, and is where the focus may be.
  if (!busy && document.activeElement === byId("call-cancel")) byId("call-send").focus();
  pause(byId("call-send"), busy);
  byId("call-cancel").hidden = !busy;
  if (busy) byId("call-status").textContent = "Waiting …";
}

function show(status, content) {
  byId("call-status").textContent = status;
  byId("call-result").hidden = false;
  byId("call-result").replaceChildren(content);
}
