// Connecting, losing the connection, and the end.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame, linkFrame } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const QUICK = { retryBase: 1, retryCap: 20 };

/** Options and URLs that can't be used. */
const WRONG = [
  ["ws://127.0.0.1:1/", { requestTimeout: -1 }],
  ["ws://127.0.0.1:1/", { connectTimeout: Number.NaN }],
  ["ws://127.0.0.1:1/", { retryBase: "5" }],
  ["ws://127.0.0.1:1/", { retryCap: Number.POSITIVE_INFINITY }],
  ["ws://127.0.0.1:1/", { maxInFlight: 0 }],
  ["ws://127.0.0.1:1/", { maxFrameBytes: null }],
  ["ws://127.0.0.1:1/", { noSuchOption: 1 }],
  ["ws://127.0.0.1:1/", { signal: "no signal" }],
  ["ws://127.0.0.1:1/", null],
  ["ws://127.0.0.1:1/", 5],
  [5, {}],
  [null, {}],
];

export async function lifecycle(check, page) {
  await check("close code 4000 is the end: state closed, code logged_out, no further attempt", async () => {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url, QUICK);
    server.sockets[0].close(4000, "CMD_CLIENT_DISCONNECT");
    const states = await client.reaches("closed");
    assert.deepEqual(states.at(-1), { name: "closed", code: "logged_out" });
    // Another client loses its connection and gets it back: meanwhile the first would have tried too.
    const other = await RecordingClient.connect(page, server.url, QUICK);
    server.sockets[1].terminate();
    await other.heard("states", 3);
    await other.reaches("connected");
    assert.equal(await client.urlsAsked(), 1);
    await other.close();
  });

  await check("a lost connection is made again, with a URL asked for anew, and events flow", async () => {
    const [first, second] = [await FakeServer.start(), await FakeServer.start()];
    const client = await RecordingClient.connect(page, [first.url, second.url], QUICK);
    first.sockets[0].terminate();
    const states = await client.heard("states", 3);
    assert.deepEqual(states.map(({ name }) => name), ["disconnected", "connecting", "connected"]);
    assert.equal(states[0].code, "disconnected");
    assert(states[0].retryIn >= 0 && states[0].retryIn <= 20, `retryIn is ${states[0].retryIn}`);
    assert.equal(await client.urlsAsked(), 2);
    second.send(eventFrame(deviceEvent("after")));
    assert.equal((await client.heard("events", 1))[0].deviceName, "after");
    await client.close();
  });

  await check("attempts go on while there is no URL, until who gives it says that the login has run out", async () => {
    const server = await FakeServer.start();
    await page.evaluate((url) => {
      const answers = [() => url, () => { throw new Error("offline"); }, () => { throw Object.assign(new Error("no login"), { code: "unauthorized" }); }];
      named.login = () => answers.shift()();
    }, server.url);
    const client = await RecordingClient.connect(page, "login", QUICK);
    server.sockets[0].terminate();
    const states = await client.reaches("closed");
    assert.deepEqual(states.filter(({ name }) => name === "disconnected").length, 2);
    assert.equal(states.at(-1).code, "unauthorized");
  });

  await check("a URL function that hangs fails its attempt, and what it says later opens nothing", async () => {
    const server = await FakeServer.start();
    await page.evaluate((url) => {
      globalThis.held = [];
      const hangs = () => new Promise((...settle) => held.push(settle));
      const answers = [() => url, hangs, hangs, () => url];
      named.login = () => answers.shift()();
    }, server.url);
    const client = await RecordingClient.connect(page, "login", { ...QUICK, connectTimeout: 50 });
    server.resumes = true;
    server.sockets[0].terminate();
    await until(() => server.hellos.length === 2, "the attempt after those that hang");
    await client.reaches("connected");
    await page.evaluate((url) => {
      held[0][0](url);
      held[1][1](Object.assign(new Error("too late"), { code: "unauthorized" }));
    }, server.url);
    server.send(eventFrame(deviceEvent("after")));
    await client.heard("events", 1);
    const { name } = (await client.reaches("connected")).at(-1);
    assert.deepEqual([name, server.sockets.length, await client.run(({ client }) => client.stats().reconnects)], ["connected", 2, 1]);
    await client.close();
  });

  await check("attempts go on while the server refuses", async () => {
    const [first, last, gone] = [await FakeServer.start(), await FakeServer.start(), await goneServer()];
    const client = await RecordingClient.connect(page, [first.url, gone, gone, "no url", last.url], QUICK);
    first.sockets[0].terminate();
    await until(() => last.sockets.length, "a connection to the last server");
    await client.reaches("connected");
    assert.equal(await client.urlsAsked(), 5);
    await client.close();
  });

  await check("a server that takes connections and cuts them is tried until it cuts no more, with a goodbye or without", async () => {
    for (const words of [[], [linkFrame("Goodbye")]]) {
      const server = await FakeServer.start();
      const client = await RecordingClient.connect(page, server.url, QUICK);
      server.cuts = words;
      server.cut(server.sockets[0]);
      await until(() => server.hellos.length > 5, "attempts after five");
      const { length } = server.hellos;
      server.cuts = undefined;
      await until(() => server.hellos.length > length, "an attempt");
      server.send(eventFrame(deviceEvent("at last")));
      assert.equal((await client.heard("events", 1))[0].deviceName, "at last");
      await client.reaches("connected");
      await client.close();
    }
  });

  await check("a first attempt that fails rejects, and says whose fault it is", async () => {
    const failures = await page.evaluate(async (url) => {
      const attempts = [url, "no url", "http://", () => Promise.reject(new Error("wrong password")), () => 5];
      return Promise.all(attempts.map((attempt) => outcome(connect(attempt))));
    }, await goneServer());
    const failed = "connect_failed";
    assert.deepEqual(failures.map(({ code }) => code), [failed, failed, "invalid_argument", failed, failed]);
    assert(failures.every(({ isTeraError }) => isTeraError));
    assert(failures[3].message.includes("wrong password"), failures[3].message);
    assert.equal(failures[0].help, "Check the URL: a key in it works once.");
  });

  await check("a server that says nothing in time fails the attempt", async () => {
    const silent = await FakeServer.start(null);
    const { code } = await page.evaluate((url) => outcome(connect(url, { connectTimeout: 50 })), silent.url);
    assert.equal(code, "connect_failed");
  });

  await check("wrong options reject with invalid_argument and a sentence", async () => {
    for (const [url, options] of WRONG) {
      const result = await page.evaluate(([url, options]) => outcome(connect(url, options)), [url, options]);
      assert.equal(result.code, "invalid_argument", `${JSON.stringify([url, options])}: ${JSON.stringify(result)}`);
      assert(result.message.endsWith("."), result.message);
    }
  });

  await check("an aborted signal ends the attempt with aborted", async () => {
    const silent = await FakeServer.start(null);
    const codes = await page.evaluate(async (url) => {
      const later = new AbortController();
      const pending = outcome(connect(url, { signal: later.signal }));
      const before = outcome(connect(url, { signal: AbortSignal.abort() }));
      await before;
      later.abort();
      const within = new AbortController();
      const aborts = outcome(connect(() => (within.abort(), url), { signal: within.signal }));
      return Promise.all([pending, before, aborts].map(async (result) => (await result).code));
    }, silent.url);
    assert.deepEqual(codes, Array(3).fill("aborted"));
  });

  await check("close() ends everything once, and calling it again is harmless", async () => {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url);
    const { codes, state } = await client.run(async ({ client }) => {
      const pending = [client.call("service.x", "m"), client.request("service.x", { $type: "StopSessionEvent" })];
      const iteration = client.events("event").next();
      client.close();
      client.close();
      const late = [client.call("service.x", "m"), (async () => client.send("service.x", { $type: "StopSessionEvent" }))()];
      const codes = await Promise.all([...pending, ...late].map(async (promise) => (await outcome(promise)).code));
      return { codes: [...codes, (await iteration).done], state: { name: client.state.name, code: client.state.error.code } };
    });
    assert.deepEqual(codes, ["closed", "closed", "closed", "closed", true]);
    assert.deepEqual(state, { name: "closed", code: "closed" });
    await until(() => server.closes.length, "the socket to close");
    assert.equal(server.closes[0].code, 1000);
    assert.deepEqual((await client.heard("states", 1)).map(({ name }) => name), ["closed"]);
  });

  await check("what a closed connection still says is not heard", async () => {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url);
    await client.run(({ client }) => client.close());
    server.send(eventFrame(deviceEvent("late")));
    await until(() => server.closes.length, "the socket to close");
    assert.deepEqual(await client.heard("events", 0), []);
  });
}

/** A URL at which nobody listens any more. */
async function goneServer() {
  const server = await FakeServer.start();
  const { url } = server;
  await server.stop();
  return url;
}
