// A queue: jobs are produced, and consumed by hand, so that one sees what waits, what comes again and what is given up.
// Beside it a variable.

import { byId, element, isPaused, pause } from "./dom.js";
import { pretty } from "./json.js";
import * as outcome from "./outcome.js";
import { problem } from "./warnings.js";

const QUEUE = "demo.jobs";
const DEAD = `${QUEUE}.dead`;
const NOTE = "demo.note";
/** Most dead letters that are shown at once. */
const DEAD_PREFETCH = 20;

/** Stops the consumer; undefined while there is none. */
let consumer;

/** Connects the forms; `client` gives the client, or throws while there is none. */
export function start(client) {
  const item = byId("produce-item");
  onSubmit("produce", async () => {
    const produced = client().produce(QUEUE, item.value);
    // At once: what the visitor writes meanwhile stays.
    item.value = item.value.replace(/\d+$/, (number) => Number(number) + 1);
    return `Produced ${await produced}`;
  });
  onSubmit("note", async () => {
    const text = byId("note-text").value;
    await client().set(NOTE, text || undefined);
    return text ? "Set" : "Cleared";
  });
  byId("consumer").addEventListener("submit", (submission) => {
    submission.preventDefault();
    if (consumer) consumer.abort();
    else consume(client).catch(fail);
  });
  byId("note-get").addEventListener("click", () => say(async () => `Got ${words(await client().get(NOTE))}`));
}

/** Follows the variable, and forgets the jobs of a session that is lost: the gateway gives them again. */
export function follow(client) {
  client.on("resync", clear);
  watch(client).catch(fail);
}

function onSubmit(id, work) {
  byId(id).addEventListener("submit", (submission) => {
    submission.preventDefault();
    say(work);
  });
}

function say(work) {
  return outcome.show(byId("queues-status"), work);
}

function fail(error) {
  byId("queues-status").replaceChildren(problem(error));
}

async function watch(client) {
  for await (const value of client.watch(NOTE)) byId("note-value").textContent = words(value);
}

function words(value) {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : pretty(value);
}

/** Takes jobs until it is stopped or the client is closed. What was not acknowledged then goes back into the queue. */
async function consume(client) {
  const { signal } = (consumer = new AbortController());
  const prefetch = byId("prefetch").valueAsNumber;
  showConsumer();
  try {
    await Promise.all([
      take(client().consume(QUEUE, { prefetch, signal }), "jobs", ["ack", "nack"]),
      take(client().consume(DEAD, { prefetch: DEAD_PREFETCH, signal }), "dead", ["ack"]),
    ]);
  } finally {
    consumer.abort();
    consumer = undefined;
    clear();
    showConsumer();
  }
}

async function take(jobs, list, endings) {
  for await (const job of jobs) {
    // It may be here already, if the gateway took it for lost.
    [...byId(list).children].find(({ dataset }) => dataset.id === job.id)?.remove();
    byId(list).append(row(job, endings));
  }
}

function row(job, endings) {
  const name = words(job.item);
  const said = element("p", "", element("b", "", name), element("span", "muted", `attempt ${job.attempt}`));
  const made = element("li", "job", said);
  made.dataset.id = job.id;
  for (const ending of endings) {
    const button = element("button", "", ending);
    button.type = "button";
    button.setAttribute("aria-label", `${ending} ${name}`);
    button.addEventListener("click", () => say(() => end(made, job, ending)));
    made.append(button);
  }
  return made;
}

async function end(row, job, ending) {
  const buttons = [...row.querySelectorAll("button")];
  if (isPaused(buttons[0])) return "Wait for the answer";
  for (const button of buttons) pause(button, true);
  try {
    await job[ending]();
  } catch (error) {
    for (const button of buttons) pause(button, false);
    // Somebody else has it by now.
    if (error.code === "invalid_argument") remove(row);
    throw error;
  }
  remove(row);
  return `${ending} of ${words(job.item)}`;
}

/** Takes a row away, and hands the focus on if it was there. */
function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (row.contains(document.activeElement)) (next?.querySelector("button") ?? byId("consumer-toggle")).focus();
  row.remove();
}

function clear() {
  for (const list of ["jobs", "dead"]) byId(list).replaceChildren();
}

function showConsumer() {
  byId("consumer-toggle").textContent = consumer ? "Stop consumer" : "Start consumer";
  byId("consumer-toggle").setAttribute("aria-pressed", String(Boolean(consumer)));
  byId("prefetch").disabled = Boolean(consumer);
}
