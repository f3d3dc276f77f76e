// Logging in, connecting, and showing how it stands.

import { TeraError, connect } from "./node_modules/tera-client/dist/index.js";
import { byId, isPaused, milliseconds, pause } from "./dom.js";
import { problem } from "./warnings.js";

const NAMES = {
  connecting: "Connecting …",
  connected: "Connected",
  disconnected: "Connection lost",
  closed: "Not connected",
};
const MODES = { link: "to the gateway", plain: "to a plain OpenTera server, which only sends" };

let client;
let identity;
let countdown;

/** The client and who is logged in; both `undefined` until the first connection. */
export const session = () => ({ client, identity });

/** The client; an error that says so while there is none. */
export function live() {
  if (!client) throw Object.assign(new Error("There is no connection."), { code: "disconnected" });
  return client;
}

/** Connects the form; `subscribe` is given each new client. */
export function start(subscribe) {
  byId("sign-in").addEventListener("submit", (submission) => {
    submission.preventDefault();
    if (client) client.close();
    else if (!isPaused(byId("connect"))) open(subscribe);
  });
  return open(subscribe);
}

async function open(subscribe) {
  show({ name: "connecting" });
  try {
    client = await connect(logIn);
  } catch (error) {
    show({ name: "closed", error });
    if (error.code === "unauthorized") byId("password").select();
    return;
  }
  subscribe(client);
  client.on("state", follow);
  follow(client.state);
}

/** Asks for a websocket URL, which works once; so each reconnection comes here again. */
async function logIn() {
  const response = await fetch("/api/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: byId("name").value, password: byId("password").value }),
  });
  const answer = await response.json();
  // With this code it is for good. Whatever else goes wrong is tried again.
  if (response.status === 401) throw new TeraError("unauthorized", answer.description, answer.help);
  if (!response.ok) throw new Error(answer.description ?? `The login was answered with ${response.status}.`);
  identity = { kind: answer.kind, uuid: answer.uuid, name: answer.name };
  return answer.websocket_url;
}

function follow(state) {
  if (state.name === "closed") client = undefined;
  show(state);
}

function show(state) {
  byId("state-dot").dataset.status = state.name;
  byId("state-name").textContent = NAMES[state.name];
  byId("state-detail").replaceChildren(detail(state));
  byId("connect").textContent = client ? "Disconnect" : "Connect";
  byId("connect").classList.toggle("primary", !client);
  pause(byId("connect"), state.name === "connecting" && !client);
  for (const id of ["name", "password"]) byId(id).readOnly = Boolean(client);
  countDown(state.name === "disconnected" ? state.retryIn : undefined);
}

function detail(state) {
  if (state.name === "connected") {
    const who = identity ? `${identity.name}, ` : "";
    const line = document.createElement("span");
    line.append(`${who}${MODES[state.mode]}`);
    if (state.address) line.append(document.createElement("br"), address(state.address));
    return line;
  }
  return state.error && state.error.code !== "closed" ? problem(state.error) : "";
}

function address(text) {
  const made = document.createElement("code");
  made.textContent = text;
  made.title = text;
  return made;
}

/** Counts down to the next attempt, outside the live region: a screen reader needn't hear every second. */
function countDown(delay) {
  clearInterval(countdown);
  const line = byId("state-retry");
  line.hidden = delay === undefined;
  if (delay === undefined) return;
  if (delay === Infinity) {
    line.textContent = "Waiting for a network";
    return;
  }
  const due = performance.now() + delay;
  const tick = () => {
    const left = Math.max(0, due - performance.now());
    line.textContent = left < 1000 ? `Next attempt in ${milliseconds(left)}` : `Next attempt in ${Math.ceil(left / 1000)} s`;
  };
  tick();
  countdown = setInterval(tick, 250);
}
