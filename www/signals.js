// Signals: an event is emitted, those of others are heard, and a service or another page is asked.

import { DataChangeEvent, ErrorReply, SignalEvent, SignalMessage, Signals } from "./node_modules/tera-client/dist/signals.js";
import { byId, element } from "./dom.js";
import { pretty } from "./json.js";
import * as outcome from "./outcome.js";
import { problem } from "./warnings.js";

/** As many events are shown. */
const CAPACITY = 30;

class Note extends SignalEvent {
  static type = "Note";
}

class SetTarget extends SignalMessage {
  static type = "SetTarget";
}

/** What each client has of signals. */
const signals = new WeakMap();

/** Connects the forms; `client` gives the client, or throws while there is none. */
export function start(client) {
  const onSubmit = (id, work) =>
    byId(id).addEventListener("submit", (submission) => {
      submission.preventDefault();
      outcome.show(byId("signals-status"), async () => work(signals.get(client())));
    });
  onSubmit("emit", emit);
  onSubmit("ask", ask);
}

/** Hears all events of a new client, and answers messages as a page without a heating can. */
export function follow(client) {
  const made = new Signals(client);
  signals.set(client, made);
  byId("ask-myself").value = client.state.address ?? "";
  Promise.all([
    made.onEvent(SignalEvent, hear),
    made.onEvent(DataChangeEvent, hear),
    made.onMessage(SetTarget, () => {
      throw new ErrorReply({ code: 404, description: "A page has no heating.", help: "Ask Thermostat." });
    }),
  ]).catch((error) => byId("signals-status").replaceChildren(problem(error)));
}

async function emit(own) {
  await own.emit(new Note({ text: byId("emit-text").value }));
  return "Emitted";
}

/** Shows the Reply, or the ErrorReply for which it fails. */
async function ask(own) {
  byId("answer").textContent = "";
  const message = new SetTarget({ celsius: byId("ask-celsius").valueAsNumber });
  try {
    const reply = await own.ask(byId("ask-to").value.trim(), message);
    byId("answer").textContent = pretty(reply);
    return `Answered by ${reply.from}`;
  } catch (error) {
    if (error.cause instanceof ErrorReply) byId("answer").textContent = pretty(error.cause);
    throw error;
  }
}

/** Shows an event: what it is, its own fields, and who it is from. */
function hear({ id, timestamp, signalType, from, eventType, objectType, changeType, ...own }) {
  const label = element("span", "label", eventType ?? `${objectType} ${changeType}`);
  label.dataset.family = eventType ? "person" : "session";
  const source = element("span", "muted", from);
  source.title = from;
  const list = byId("heard");
  list.prepend(element("li", "", label, source, element("code", "", JSON.stringify(own))));
  while (list.children.length > CAPACITY) list.lastElementChild.remove();
}
