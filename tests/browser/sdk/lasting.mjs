// What tests of what the gateway does for a client, until it is told not to, have in common.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { frame, message } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

/** The codes of errors on the wire. */
export const INVALID_ARGUMENT = 6;
export const FORBIDDEN = 8;
export const UNAVAILABLE = 13;
/** What is called or answered says this text. */
const says = ({ fields }, text) => Object.values(fields).flat().some((field) => field.includes?.(text));

/** A client whose every session is lost with its connection, and its server. */
export async function connected(page, options = {}) {
  const server = await FakeServer.start();
  const client = await RecordingClient.connect(page, server.url, { retryBase: 1, retryCap: 5, ...options });
  return { server, client };
}

/** Takes the next request, which says this text, and gives its id. */
export async function asked(server, text) {
  const request = await server.received();
  assert(says(request, text), `it was not asked for ${text}`);
  return request.fields[1][0];
}

/** Loses the session. */
export async function lose(server, client) {
  const sockets = server.hellos.length;
  server.sockets.at(-1).terminate();
  await until(() => server.hellos.length > sockets, "the next session");
  await client.reaches("connected");
}

/** Gives a job, whose item is its id. */
export function give(server, queue, id, attempt) {
  const args = [message([7, queue]), message([7, id]), message([4, attempt]), message([7, `"${id}"`])];
  server.send(frame("RPCMessage", message([2, "job"], ...args.map((each) => [5, each]))));
}

/** Consumes a queue, and writes down what jobs come: they are ended as the test says. */
export async function consuming(server, client, queue) {
  await client.run(
    ({ client, heard }, queue) => {
      Object.assign(heard, { jobs: [], taken: [] });
      void (async () => {
        heard.loop = client.consume(queue);
        for await (const job of heard.loop) {
          heard.jobs.push(job);
          heard.taken.push([job.id, job.attempt]);
        }
      })();
    },
    queue,
  );
  server.replyJson(await asked(server, "consume"), "null");
}

export const end = (client, place, how) => client.run(({ heard }, [place, how]) => void (heard.ended = outcome(heard.jobs[place][how]())), [place, how]);
export const ended = (client) => client.run(({ heard }) => heard.ended);
/** The jobs that came, when so many have. */
export const taken = (client, count) => until(async () => {
  const list = await client.run(({ heard }) => heard.taken);
  return list.length >= count && list;
}, `${count} jobs`);

/** Watches a variable, of which the page waits for a value. */
export async function watching(server, client, name) {
  await client.run(({ client, heard }, name) => {
    const loop = client.watch(name);
    (heard.loops ??= {})[name] = loop;
    heard.value = loop.next().then(({ value }) => value);
  }, name);
  server.replyJson(await asked(server, name), "null");
}

export const tellVariable = (server, name, json) => server.send(frame("RPCMessage", message([2, "variable"], [5, message([7, name])], [5, message([7, json])])));
