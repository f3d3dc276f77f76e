// What a client does for a program of Node: that its process lives, and where its errors come from.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { until } from "../support/checks.mjs";
import { atEnd } from "../support/closing.mjs";
import { required } from "../support/environment.mjs";
import { FakeServer } from "../support/fake_server.mjs";
import { deviceEvent, eventFrame, field, fields, linkFrame, message, numbered } from "../support/protobuf.mjs";

/** The set that defines a message with bytes that have to be there. */
const BLOB = field(
  1,
  message([1, "blob.proto"], [2, "own"], [3, "tera/rules/v1/rules.proto"], [12, "proto3"], [
    4,
    message([1, "Blob"], [2, message([1, "bytes"], [3, 1], [4, 1], [5, 12], [10, "bytes"], [8, field(50801, 1)])]),
  ]),
);

/** Bytes of another realm, as a test with a page of its own or a frame has them. */
const foreign = runInNewContext("(bytes) => Uint8Array.from(bytes)");

export async function clients(check, root) {
  const load = (name) => import(pathToFileURL(join(root, `dist/${name}.js`)));
  const [sdk, { inMemory }, { SignalMessage, Signals }, { validate }, { Service }] = await Promise.all(["inline", "transports", "signals", "validation", "contracts"].map(load));

  /** A client, and the server that it is connected to. */
  async function connected(options) {
    const { transport, connections } = inMemory();
    const server = FakeServer.serve(connections);
    const client = await sdk.connect("memory:", { transport, ...options });
    atEnd(() => client.close());
    return { client, server };
  }

  /** Answers the next request with JSON. */
  const answer = async (server) => server.replyJson((await server.received()).fields[1][0], "null");

  await check("a handler whose promise rejects is reported, whatever it listens to, and the process lives on", async () => {
    const { client, server } = await connected();
    const [reported, unhandled] = [[], []];
    const note = ({ message }) => unhandled.push(message);
    const real = console.error;
    console.error = ({ message }) => reported.push(message);
    process.on("unhandledRejection", note);
    try {
      const rejects = (name) => async () => {
        throw new Error(name);
      };
      client.on("DeviceEvent", rejects("on"));
      client.once("DeviceEvent", rejects("once"));
      const subscribed = client.subscribe("room.7", rejects("subscribe"));
      await answer(server);
      await subscribed;
      const signals = new Signals(client);
      const cached = signals.cache("Room", { key: ({ id }) => id, load: () => [], changed: rejects("changed") });
      await answer(server);
      await cached;
      server.send(Buffer.concat([eventFrame(deviceEvent("d")), field(1003, "room.7")]));
      await until(() => reported.length + unhandled.length === 4, "all to be told");
      assert.deepEqual([unhandled, reported.sort()], [[], ["changed", "on", "once", "subscribe"]]);
    } finally {
      console.error = real;
      process.off("unhandledRejection", note);
    }
    client.close();
  });

  await check("bytes of another realm are bytes: in messages, arguments and descriptors, from a transport, and for validation", async () => {
    assert(!(foreign([1]) instanceof Uint8Array));
    const { client, server } = await connected();
    await client.register(foreign(readFileSync(required("TERA_DESCRIPTOR_SET"))));
    client.send("service.x", { $type: "acme.Corners", constructor: foreign([7]) });
    const [sent] = fields((await server.received()).fields[2][0])[2];
    assert.deepEqual(fields(sent)[3].map((bytes) => [...bytes]), [[7]]);
    client.call("service.x", "m", [foreign([1, 2])]).catch(() => {});
    assert((await server.received()).fields[4][0].includes(Buffer.of(1, 2)));
    const names = [];
    client.on("DeviceEvent", ({ deviceName }) => names.push(deviceName));
    const [first, second] = ["bytes", "a buffer"].map((name, at) => foreign(numbered(eventFrame(deviceEvent(name)), at + 1)));
    server.sockets[0].send(first);
    server.sockets[0].send(second.buffer);
    await until(() => names.length === 2, "both events");
    assert.deepEqual(names, ["bytes", "a buffer"]);
    client.close();
    const { client: checked } = await connected({ validate });
    await checked.register(foreign(BLOB));
    assert.throws(() => checked.send("service.x", { $type: "own.Blob", bytes: foreign([]) }), { message: /`bytes` must be set/ });
    checked.send("service.x", { $type: "own.Blob", bytes: foreign([1]) });
    checked.close();
  });

  await check("the stack of a request that failed names who asked, and an error that was there first stays what it is", async () => {
    const { client, server } = await connected();
    const aborter = new AbortController();
    async function saveInvitation(options) {
      await client.request("service.x", { $type: "StopSessionEvent" }, options);
    }
    const failure = saveInvitation().catch((error) => error);
    server.replyError((await server.received()).fields[1][0], 8);
    const { code, stack } = await failure;
    assert.equal(code, "forbidden");
    assert.match(stack, /^TeraError: said so\. do this\n[^]*at async saveInvitation .*clients\.mjs/);
    const aborted = saveInvitation({ signal: aborter.signal }).catch((error) => error);
    await server.received();
    aborter.abort(new Error("left"));
    const { code: why, cause, stack: place } = await aborted;
    assert.deepEqual([why, cause.message], ["aborted", "left"]);
    assert.match(place, /at async saveInvitation/);
    await server.received();
    // The answer comes, and in the same turn the signal fires.
    const later = new AbortController();
    const both = saveInvitation({ signal: later.signal }).catch((error) => error);
    const id = (await server.received()).fields[1][0];
    client.on("DeviceEvent", () => later.abort());
    server.sockets[0].send(server.batch(linkFrame("Reply", [1, id], [4, message([1, 8], [2, "no"])]), eventFrame(deviceEvent("d"))));
    assert.equal((await both).code, "forbidden");
    client.close();
  });

  await check("variables and queues are asked with a timeout and a signal of the request's own", async () => {
    const { client, server } = await connected();
    const settled = (promise) => promise.then((value) => ({ value }), ({ code }) => code);
    const ways = [
      (options) => client.get("temperature", options),
      (options) => client.set("temperature", 21, { expires: 5000, ...options }),
      (options) => client.produce("renders", { scan: 1 }, options),
    ];
    for (const ask of ways) {
      assert.equal(await settled(ask({ timeout: 0 })), "invalid_argument");
      assert.equal(await settled(ask({ signal: AbortSignal.abort() })), "aborted");
      const late = settled(ask({ timeout: 1234 }));
      const { fields: request } = await server.received();
      assert.equal(request[2][0], 1234n);
      server.replyJson(request[1][0], '"7"');
      assert.equal(typeof (await late), "object");
      const aborter = new AbortController();
      const aborted = settled(ask({ signal: aborter.signal }));
      await server.received();
      aborter.abort();
      assert.deepEqual([await aborted, (await server.received()).type], ["aborted", "Cancel"]);
    }
    client.close();
  });

  await check("a URL may be an object, given or made by a function, of whatever realm; what is none is refused", async () => {
    const foreignUrl = runInNewContext("({ href: 'memory:///foreign' })");
    for (const url of [new URL("memory:///a?id=1"), () => new URL("memory:///b"), async () => new URL("memory:///c"), () => foreignUrl, foreignUrl]) {
      const { transport, connections } = inMemory();
      const connecting = sdk.connect(url, { transport });
      const { value: connection } = await connections.getReader().read();
      assert.equal(connection.url, (typeof url === "function" ? await url() : url).href);
      connection.close(1000);
      await assert.rejects(connecting, { code: "connect_failed" });
    }
    for (const wrong of [undefined, null, 5, {}]) {
      await assert.rejects(sdk.connect(wrong), { code: "invalid_argument", message: /The URL must be/ });
      await assert.rejects(sdk.connect(() => wrong), { code: "connect_failed", message: /it must give/ });
    }
  });

  await check("a contract's call waits as long as it tells the service, whatever the client's own default", async () => {
    const { client, server } = await connected({ requestTimeout: 50 });
    const house = new Service(client, "house", readFileSync(required("TERA_DESCRIPTOR_SET"), "base64"));
    const method = ["acme.House/Visit", "Result", "Result"];
    /** How long the gateway and the service are told that is waited. */
    const told = async () => {
      const { fields: request } = await server.received();
      const [invoke] = fields(request[3][0])[2];
      const [timeout = 0n] = fields(fields(invoke)[2][0])[2] ?? [];
      return [request[2][0], timeout];
    };
    for (const options of [undefined, {}, { timeout: undefined }]) {
      const visit = house.call(method, {}, options);
      visit.catch(() => {});
      assert.deepEqual(await told(), [10_000n, 10_000n]);
    }
    house.call(method, {}, { timeout: 1500 }).catch(() => {});
    assert.deepEqual(await told(), [1500n, 1500n]);
    const begun = house.stream(method, {}, { timeout: undefined }).next();
    begun.catch(() => {});
    await answer(server);
    assert.deepEqual(await told(), [10_000n, 0n]);
    for (const timeout of [0, -1, 0.5, Infinity, 2 ** 31, "soon"]) await assert.rejects(house.call(method, {}, { timeout }), { code: "invalid_argument" }, `${timeout}`);
    client.close();
  });

  await check("how long `ask` waits is checked as of any request", async () => {
    const { client } = await connected();
    const signals = new Signals(client);
    for (const timeout of [0, -1, 0.5, Infinity, 2 ** 40, "soon"]) {
      const asked = signals.ask("Clock", new SignalMessage(), { timeout, signal: AbortSignal.timeout(50) });
      await assert.rejects(asked, { code: "invalid_argument", message: /timeout/ }, `${timeout}`);
    }
    client.close();
  });

  await check("a queue is consumed again in the turn in which an iteration over it ended, and by nobody beside one that goes on", async () => {
    const { client, server } = await connected();
    const asked = async (text) => {
      const { fields: request } = await server.received();
      assert(request[4][0].includes(text), text);
      server.replyJson(request[1][0], "null");
    };
    const [first, second, third] = [1, 2, 3].map(() => client.consume("renders"));
    void first.return();
    void second.return();
    void third.next().catch(() => {});
    for (const text of ["consume", "stop", "consume", "stop", "consume"]) await asked(text);
    await assert.rejects(client.consume("renders").next(), { code: "invalid_argument", message: /consumed already/ });
    client.close();
  });
}
