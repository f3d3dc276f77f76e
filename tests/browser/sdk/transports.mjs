// Transports other than the client's own WebSocket: the package's, the example's, and bad ones.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";
import { until } from "../../support/checks.mjs";
import { FakeServer, SESSION, WELCOME } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const QUICK = { retryBase: 1, retryCap: 5 };
/** Most lines of an example of a transport, without its comment and imports. */
const EXAMPLE_LINES = 20;

export async function transports(check, page) {
  await check("the example of a transport has at most twenty lines, and carries a session across a cut", async () => {
    const source = await readFile(new URL("../../../examples/transport.ts", import.meta.url), "utf8");
    const lines = source.split("\n").filter((line) => line && !/^(\/\/|import )/.test(line));
    assert(lines.length <= EXAMPLE_LINES, `${lines.length} lines`);
    const { code } = await transform(source, { loader: "ts", format: "iife", globalName: "example" });
    await page.evaluate(`${code}; named.example = example.overLongLine(1); undefined`);
    await carriesSession(page, "example");
  });

  await check("a worker is a port too, and carries a session across a cut", async () => {
    await page.evaluate(() => void (named.worker = sdkTransports.messagePort(new Worker("/relay.js", { type: "module" }))));
    await carriesSession(page, "worker");
  });

  await check("two clients share a port", async () => {
    const [first, second] = [await FakeServer.start(), await FakeServer.start()];
    const open = ({ url }) => RecordingClient.connect(page, url, { transport: "worker" });
    const clients = await Promise.all([open(first), open(second)]);
    first.send(eventFrame(deviceEvent("first")));
    second.send(eventFrame(deviceEvent("second")));
    const names = await Promise.all(clients.map(async (client) => (await client.heard("events", 1)).map(({ deviceName }) => deviceName)));
    assert.deepEqual(names, [["first"], ["second"]]);
    for (const client of clients) await client.close();
    await until(() => first.closes.length && second.closes.length, "both sockets to close");
    assert.deepEqual([first.closes[0].code, second.closes[0].code], [1000, 1000]);
  });

  await check("an address that the relay can't open fails the attempt with its reason", async () => {
    const { code, message } = await page.evaluate(() => outcome(connect("http://", { transport: named.worker })));
    assert.equal(code, "connect_failed");
    assert.match(message, /invalid/);
  });

  for (const [what, code, sentence] of WRONG) {
    await check(`a transport that ${what} is ${code}, with a sentence`, async () => {
      const result = await page.evaluate(openWrong, what);
      assert.deepEqual([result.code, result.isTeraError], [code, true], result.message);
      assert.match(result.message, sentence);
    });
  }

  await check("a transport that says everything twice, late and after its end does no harm", async () => {
    await page.evaluate(() => {
      named.babbling = (url, events) => {
        const transport = sdkTransports.webSocket(url, {
          open: () => [events.open(), events.open()],
          message: (data) => events.message(data),
          close: (...end) => {
            events.close(...end);
            events.message("too late");
            events.close(4000, "logged out");
            setTimeout(() => [events.open(), events.message(5), events.close(4000, "")]);
          },
        });
        return { ...transport, close: (code) => [transport.close(code), events.message(null)] };
      };
    });
    await carriesSession(page, "babbling");
  });

  await check("a transport may answer within its calls, and the bytes that it is given are its own", async () => {
    const result = await page.evaluate(
      async ([welcome, session]) => {
        const given = [];
        const transport = (_url, events) => {
          events.open();
          events.message(new Uint8Array(welcome));
          const send = (bytes) => {
            given.push({ bytes, copy: [...bytes], whole: bytes.buffer.byteLength === bytes.length });
            if (given.length === 1) events.message(new Uint8Array(session));
            else events.close(1001, "enough");
          };
          return { send, close: () => {}, bufferedAmount: 0 };
        };
        const client = await connect("sync:", { transport, retryBase: 1, retryCap: 1 });
        client.send("service.x", { $type: "StopSessionEvent" });
        while (given.length < 2) await new Promise((resolve) => setTimeout(resolve));
        client.close();
        return given.map(({ bytes, copy, whole }) => whole && copy.every((byte, at) => bytes[at] === byte));
      },
      [[...WELCOME], [...SESSION]],
    );
    assert.deepEqual(result, [true, true]);
  });

  await check("a transport that throws when it sends or closes loses its connection, and the next one is used", async () => {
    const server = await FakeServer.start();
    server.resumes = true;
    await page.evaluate(() => {
      globalThis.failures = 0;
      named.failing = (url, events) => {
        const transport = sdkTransports.webSocket(url, events);
        const send = (bytes) => {
          if (failures-- > 0) throw Object.create(null);
          transport.send(bytes);
        };
        const close = (code) => {
          transport.close(code);
          throw new Error("can't close");
        };
        return { send, close };
      };
    });
    const client = await RecordingClient.connect(page, server.url, { ...QUICK, transport: "failing" });
    await client.run(({ client }) => {
      failures = 1;
      client.send("service.x", { $type: "StopSessionEvent" });
    });
    assert.equal((await server.received()).type, "TeraModuleMessage");
    const [lost] = await client.heard("states", 3);
    assert.deepEqual([lost.name, lost.code], ["disconnected", "disconnected"]);
    assert.equal((await client.run(({ client }) => client.state)).resumed, true);
    assert.equal(server.closes[0].code, 4006);
    assert.equal(await client.urlsAsked(), 2);
    await client.close();
  });

  await check("a signal that fires while the transport is being opened closes what it opened", async () => {
    const { code, closed } = await page.evaluate(async () => {
      const controller = new AbortController();
      const closed = [];
      const transport = () => {
        controller.abort();
        return { send: () => {}, close: (code) => closed.push(code), bufferedAmount: 0 };
      };
      const { code } = await outcome(connect("any:", { transport, signal: controller.signal }));
      return { code, closed };
    });
    assert.deepEqual([code, closed], ["aborted", [1000]]);
  });
}

/** What a transport does wrong, and what `connect` says then. */
const WRONG = [
  ["is no function", "invalid_argument", /`transport` must be a function/],
  ["throws", "invalid_argument", /`any:` can't be opened: no line/],
  ["throws what has no words", "invalid_argument", /no reason given/],
  ["is asynchronous", "invalid_argument", /must have the functions `send` and `close`/],
  ["returns nothing", "invalid_argument", /must have the functions `send` and `close`/],
  ["only speaks before it throws", "invalid_argument", /no line/],
  ["closes at once, with a code that is none", "connect_failed", /code 1006: no reason given/],
  ["gives a number as a message", "connect_failed", /must be a string, an ArrayBuffer or a Uint8Array/],
  ["gives a buffer that is gone", "connect_failed", /the transport failed/],
  ["says nothing", "connect_failed", /said nothing in time/],
];

/** Runs in the page: connects with such a transport. */
function openWrong(what) {
  const still = { send() {}, close() {}, bufferedAmount: 0 };
  const gone = new ArrayBuffer(8);
  structuredClone(gone, { transfer: [gone] });
  const fail = (thrown) => {
    throw thrown;
  };
  const said = (say) => (_url, events) => {
    say(events);
    return still;
  };
  const transport = {
    "is no function": { open() {} },
    "throws": () => fail(new Error("no line")),
    "throws what has no words": () => fail(Object.create(null)),
    "is asynchronous": async () => still,
    "returns nothing": () => {},
    "only speaks before it throws": (_url, events) => [events.open(), events.close(4000, ""), fail(new Error("no line"))],
    "closes at once, with a code that is none": said(({ close }) => close(1n, Symbol("reason"))),
    "gives a number as a message": said(({ message }) => message(1e12)),
    "gives a buffer that is gone": said(({ message }) => message(gone)),
    "says nothing": () => still,
  }[what];
  return outcome(connect("any:", { transport, connectTimeout: what === "says nothing" ? 50 : 10_000 }));
}

/** A client over this transport hears an event, calls, and goes on with its session after a cut. */
async function carriesSession(page, transport) {
  const server = await FakeServer.start();
  server.resumes = true;
  const client = await RecordingClient.connect(page, server.url, { ...QUICK, transport });
  server.send(eventFrame(deviceEvent("first")));
  await client.heard("events", 1);
  server.sockets[0].terminate();
  await until(() => server.hellos.length === 2, "the next socket");
  await client.reaches("connected");
  assert.equal((await client.run(({ client }) => client.state)).resumed, true);
  server.send(eventFrame(deviceEvent("second")));
  const names = (await client.heard("events", 2)).map(({ deviceName }) => deviceName);
  assert.deepEqual(names, ["first", "second"]);
  const answer = client.run(({ client }) => outcome(client.call("service.x", "m")));
  const { fields } = await server.received();
  server.replyJson(fields[1][0], "42");
  assert.deepEqual(await answer, { value: 42 });
  assert.deepEqual(await client.heard("warnings", 0), []);
  assert.equal(await client.urlsAsked(), 2);
  await client.close();
  await until(() => server.closes.length === 2, "the socket to close");
  assert.equal(server.closes[1].code, 1000);
  await server.stop();
}
