// The transports of the package where there is no browser: threads of Node, ports as Electron's main process has them, memory.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { MessageChannel, Worker } from "node:worker_threads";
import { until } from "../support/checks.mjs";
import { atEnd } from "../support/closing.mjs";
import { FakeServer } from "../support/fake_server.mjs";
import { start } from "../support/processes.mjs";
import { deviceEvent, eventFrame } from "../support/protobuf.mjs";

const QUICK = { retryBase: 1, retryCap: 5 };
const MEBI = 2 ** 20;
/** A port at which nobody listens. */
const UNUSED = 2;
/** Runs the text that follows, with a WebSocket of Node's: Node 20 has one if it is asked to. */
const OWN_WEBSOCKET = ["--experimental-websocket", "--no-warnings", "--input-type=module", "--eval"];

export async function transports(check, root) {
  const inline = String(pathToFileURL(join(root, "dist/inline.js")));
  const sdk = await import(inline);
  const connect = async (...options) => {
    const client = await sdk.connect(...options);
    atEnd(() => client.close());
    return client;
  };
  const url = String(pathToFileURL(join(root, "dist/transports.js")));
  const { inMemory, messagePort, relay, webSocket } = await import(url);

  /** A client hears an event, goes on with its session after a cut, and calls. */
  async function carriesSession(server, address, transport) {
    server.resumes = true;
    const client = await connect(address, { ...QUICK, transport });
    const names = [];
    client.on("DeviceEvent", ({ deviceName }) => names.push(deviceName));
    server.send(eventFrame(deviceEvent("first")));
    await until(() => names.length === 1, "the first event");
    server.sockets[0].terminate();
    await until(() => client.state.resumed, "the session to go on");
    server.send(eventFrame(deviceEvent("second")));
    const answer = client.call("service.x", "m", ["é"]);
    const { fields } = await server.received();
    server.replyJson(fields[1][0], "42");
    assert.equal(await answer, 42);
    assert.deepEqual(names, ["first", "second"]);
    client.close();
    await until(() => server.closes.length === 2, "the socket to close");
    assert.equal(server.closes[1].code, 1000);
  }

  for (const [through, channelOf] of [["a port", channel], ["itself", () => ({})]]) {
    await check(`a client whose sockets a thread of Node holds, through ${through}, goes on with its session after a cut`, async () => {
      const { port1, port2: port } = channelOf();
      const workerData = { package: url, port };
      const thread = new Worker(new URL("relay.mjs", import.meta.url), { workerData, transferList: port ? [port] : [] });
      atEnd(() => thread.terminate());
      const server = await FakeServer.start();
      const transport = messagePort(port1 ?? thread);
      await carriesSession(server, server.url, transport);
      const client = await connect(server.url, { transport });
      await thread.terminate();
      await until(() => client.state.name === "disconnected", "the client to know that the thread is gone");
      assert.match(client.state.error.message, /the port was closed/);
      client.close();
    });
  }

  await check("a port with `on`, as in Electron's main process, can be relayed, and its end is heard", async () => {
    const { port1, port2 } = channel();
    const { transport, connections } = inMemory();
    const server = FakeServer.serve(connections);
    relay(electronPort(port2), transport);
    await carriesSession(server, "memory:", messagePort(port1));
    const client = await connect("memory:", { ...QUICK, transport: messagePort(port1) });
    port1.close();
    await until(() => server.closes.length === 3, "the connection to end");
    assert.equal(server.closes[2].code, 4006);
    await until(() => client.state.name === "disconnected", "the client to know it");
    assert.match(client.state.error.message, /the port (was|is) closed/);
    client.close();
  });

  await check("a WebSocket that can't be opened has one end, whether it says `error` and `close` or only `error`", () => {
    const real = globalThis.WebSocket;
    const socket = {};
    globalThis.WebSocket = function () {
      return socket;
    };
    for (const end of [undefined, { code: 1006, reason: "" }]) {
      const closes = [];
      webSocket("ws://127.0.0.1/", { close: (...end) => closes.push(end) });
      socket.onerror({});
      if (end) socket.onclose?.(end);
      assert.deepEqual(closes, [[1006, ""]]);
    }
    globalThis.WebSocket = real;
  });

  await check("with Node's own WebSocket an attempt fails when nobody answers, and waits for nothing", () => {
    const script = `import { connect } from "${inline}";
      connect("ws://127.0.0.1:${UNUSED}/", { connectTimeout: 600_000 }).catch(({ code }) => console.log(code));`;
    const { stdout, stderr } = spawnSync(process.execPath, [...OWN_WEBSOCKET, script], { encoding: "utf8", timeout: 50_000 });
    assert.equal(stdout, "connect_failed\n", stderr);
  });

  await check("with Node's own WebSocket a client hears, goes on with its session after a cut, is answered and closes", async () => {
    const server = await FakeServer.start();
    server.resumes = true;
    const script = `import { connect } from "${inline}";
      const client = await connect("${server.url}", ${JSON.stringify(QUICK)});
      client.on("DeviceEvent", ({ deviceName }) => console.log(deviceName));
      client.on("state", ({ name, resumed }) => name === "connected" && console.log(resumed));
      console.log("ready");
      console.log(await client.call("service.x", "m"));
      client.close();`;
    const lines = [];
    await start(process.execPath, [...OWN_WEBSOCKET, script], { ready: /^ready$/, onLine: (line) => lines.push(line) });
    const { fields } = await server.received();
    server.send(eventFrame(deviceEvent("first")));
    await until(() => lines.includes("first"), "the first event");
    server.sockets[0].terminate();
    await until(() => lines.includes("true"), "the session to go on");
    server.send(eventFrame(deviceEvent("second")));
    server.replyJson(fields[1][0], "42");
    await until(() => server.closes.length === 2, "the socket to close");
    assert.equal(server.closes[1].code, 1000);
    await until(() => lines.includes("42"), "the answer");
    assert.deepEqual(lines, ["ready", "first", "true", "second", "42"]);
  });

  await check("a connection in memory carries a session across a cut", async () => {
    const { transport, connections } = inMemory();
    await carriesSession(FakeServer.serve(connections), "memory:", transport);
  });

  await check("a connection in memory gives its URL, its messages and its end", async () => {
    const { transport, connections } = inMemory();
    const failed = connect("memory:here", { transport }).catch(({ code, message }) => [code, message]);
    const { value: connection } = await connections.getReader().read();
    assert.equal(connection.url, "memory:here");
    connection.close(1013, "full");
    connection.close(1000);
    connection.send("too late");
    assert.equal(await connection.closed, 1013);
    assert.equal((await connection.received.getReader().read()).done, true);
    const [code, message] = await failed;
    assert.equal(code, "connect_failed");
    assert.match(message, /code 1013: full/);
  });

  await check("in memory, what waits is counted, and bounded", async () => {
    const { transport, connections } = inMemory();
    const { closes, opened } = open(transport);
    const { value: connection } = await connections.getReader().read();
    opened.send(new Uint8Array(3));
    opened.send(new Uint8Array(4));
    assert.equal(opened.bufferedAmount, 7);
    const reader = connection.received.getReader();
    assert.equal((await reader.read()).value.length, 3);
    assert.equal(opened.bufferedAmount, 4);
    opened.send(new Uint8Array(16 * MEBI));
    assert.deepEqual(closes, [[1006, "the server does not read"]]);
    for (let waiting = 0; waiting < 15; waiting++) open(transport);
    assert.throws(() => [open(transport), open(transport)], /too many connections/);
  });

  await check("through a port, what has not left is counted until it has", async () => {
    const { near, sockets, stop } = relayed();
    const { opened } = open(near);
    opened.send(new Uint8Array(1000));
    opened.send(new Uint8Array(24));
    assert.equal(opened.bufferedAmount, 1024);
    const socket = await until(() => sockets[0]?.sent.length === 2 && sockets[0], "the frames to reach the relay");
    socket.waiting = 24;
    await until(() => opened.bufferedAmount === 24, "1000 bytes to have left");
    socket.waiting = 0;
    await until(() => opened.bufferedAmount === 0, "all to have left");
    stop();
  });

  await check("a relay closes a connection whose messages nobody takes, and none whose messages are taken", async () => {
    const { near, sockets, stop } = relayed();
    const heard = open(near);
    const socket = await until(() => sockets[0], "the socket");
    for (let round = 1; round <= 5; round++) {
      for (let each = 0; each < 16; each++) socket.events.message(new Uint8Array(MEBI));
      await until(() => heard.messages.length === round * 16, "the messages");
    }
    assert.deepEqual([heard.closes, socket.closed], [[], []]);
    for (let each = 0; each < 40; each++) socket.events.message(new Uint8Array(MEBI));
    await until(() => heard.closes.length, "the end");
    assert.deepEqual([heard.closes[0][0], socket.closed], [1006, [4006]]);
    stop();
  });

  await check("a relay that ends closes what it holds, and says so to whoever comes", async () => {
    const { near, sockets, end, stop } = relayed();
    const heard = open(near);
    const socket = await until(() => sockets[0], "the socket");
    end();
    const late = open(near);
    await until(() => heard.closes.length && late.closes.length, "both to be told");
    assert.deepEqual([heard.closes, late.closes], [[[1006, "the relay has ended"]], [[1006, "the relay has ended"]]]);
    assert.deepEqual([socket.closed, sockets.length], [[4006], 1]);
    stop();
  });

  await check("a transport behind a relay is not heard after its end", async () => {
    const { port1, port2 } = channel();
    const told = [];
    port1.on("message", ({ id, kind, code }) => told.push([id, kind, code]));
    const end = relay(port2, (url, events) => {
      events.message("last words");
      events.close(1001, "");
      events.message("too late");
      events.close(4000, "");
      if (url === "throws") throw new Error("no line");
      return { send() {}, close() {}, bufferedAmount: 0 };
    });
    port1.postMessage({ id: 1, kind: "open", url: "throws" });
    port1.postMessage({ id: 2, kind: "open", url: "ends" });
    port1.postMessage({ id: 3, kind: "open", url: "throws" });
    await until(() => told.at(-1)?.[0] === 3, "all to be told");
    assert.deepEqual(told, [[1, "close", 1006], [2, "message", undefined], [2, "close", 1001], [3, "close", 1006]]);
    end();
    port1.close();
  });

  await check("a relay holds 64 connections and no more, and frees their places", async () => {
    const { near, sockets, stop } = relayed();
    const all = Array.from({ length: 65 }, () => open(near));
    await until(() => all[64].closes.length, "the last to be refused");
    assert.deepEqual([sockets.length, all[64].closes[0][1]], [64, "the relay holds too many connections"]);
    all[0].opened.close(1000);
    const next = open(near);
    await until(() => sockets.length === 65, "its place to be taken");
    assert.deepEqual([next.closes, sockets[0].closed], [[], [1000]]);
    stop();
  });

  await check("what is no talk of a client's end does a relay no harm", async () => {
    const { near, port, sockets, stop } = relayed();
    const bad = [null, 5, "text", {}, { id: 1 }, { id: 1, kind: "send", bytes: new Uint8Array(1) }, { id: 1, kind: "open" }];
    const worse = [{ kind: "taken", bytes: "all" }, { kind: "nothing" }, { kind: "open", url: {} }];
    for (const each of [...bad, ...worse.map((said) => ({ id: 1, ...said })), { id: 1, kind: "close", code: "x" }]) port.postMessage(each);
    open(near);
    await until(() => sockets.length === 2, "a good connection");
    assert.deepEqual([sockets[0].sent, sockets[0].closed], [[], [4006]]);
    stop();
  });

  await check("what a relay is given to send and can't ends the connection, and bytes of another realm it can", async () => {
    // A port that hands over what it is given, as a bridge between realms does.
    const [ports, listeners] = [[], []];
    for (const side of [0, 1]) {
      const postMessage = (data) => queueMicrotask(() => listeners[1 - side]({ data }));
      ports.push({ postMessage, addEventListener: (type, listener) => type === "message" && (listeners[side] = listener) });
    }
    const socket = { sent: [], closed: [] };
    const end = relay(ports[1], () => ({ send: (bytes) => socket.sent.push([...bytes]), close: (code) => socket.closed.push(code), bufferedAmount: 0 }));
    const heard = open(messagePort(ports[0]));
    heard.opened.send(runInNewContext("Uint8Array.of(1, 2)"));
    await until(() => socket.sent.length, "the bytes to be sent");
    assert.deepEqual([socket.sent, heard.closes], [[[1, 2]], []]);
    heard.opened.send([3]);
    await until(() => heard.closes.length, "the end");
    assert.deepEqual([socket.sent.length, socket.closed], [1, [4006]]);
    assert.match(heard.closes[0][1], /no Uint8Array/);
    end();
  });

  await check("what is no port, and a way to open sockets that is no function, are invalid_argument", () => {
    for (const wrong of [undefined, null, 5, {}, { postMessage() {} }]) {
      for (const use of [messagePort, relay]) assert.throws(() => use(wrong), { code: "invalid_argument", message: /must be a MessagePort/ });
    }
    assert.throws(() => relay(new MessageChannel().port1, "ws:"), { code: "invalid_argument", message: /must be a function/ });
  });

  /** A port with a relay behind it, whose sockets write down what is done to them. */
  function relayed() {
    const { port1, port2 } = channel();
    const sockets = [];
    const end = relay(port2, (_url, events) => {
      const socket = { events, sent: [], closed: [], waiting: Infinity };
      sockets.push(socket);
      return {
        send: (bytes) => socket.sent.push(bytes),
        close: (code) => socket.closed.push(code),
        get bufferedAmount() {
          return socket.waiting;
        },
      };
    });
    return {
      near: messagePort(port1),
      port: port1,
      sockets,
      end,
      stop: () => {
        end();
        port1.close();
      },
    };
  }
}

/** A channel that keeps no test from ending. */
function channel() {
  const { port1, port2 } = new MessageChannel();
  atEnd(() => port1.close());
  return { port1, port2 };
}

/** Opens a connection and writes down what it says. */
function open(transport) {
  const heard = { messages: [], closes: [] };
  heard.opened = transport("any:", { open() {}, message: (data) => heard.messages.push(data), close: (...end) => heard.closes.push(end) });
  return heard;
}

/** A port with the functions and events that Electron's main process gives it, and no others. */
function electronPort(port) {
  const emitter = new EventEmitter();
  return Object.assign(emitter, {
    postMessage: (message) => port.postMessage(message),
    start: () => {
      port.on("message", (data) => emitter.emit("message", { data, ports: [] }));
      port.on("close", () => emitter.emit("close"));
    },
  });
}
