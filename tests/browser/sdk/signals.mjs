// Signals that arrive, however a server sends them, and copies of objects that follow their changes.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame, frame, linkFrame, message } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const QUICK = { retryBase: 1, retryCap: 5 };
const TOPIC = "signal.event.DataChangeEvent.Room";

const event = (fields) => ({ id: "1", timestamp: "t", signalType: "EVENT", from: "Clock", eventType: "Tick", ...fields });
const change = (changeType, id, name) => ({
  id: "1", timestamp: "t", signalType: "DATA_CHANGE_EVENT", from: "Rooms", objectType: "Room", changeType, object: { id, name },
});
/** A signal as a gateway sends it. */
const invocation = (json) => frame("RPCMessage", message([2, "signal"], [5, message([7, json])]));

/** Answers the next request, which must be a subscription. */
async function subscribed(server) {
  const { type, fields } = await server.received();
  assert.equal(type, "Request");
  server.send(linkFrame("Reply", [1, fields[1][0]], [DONE, ""]));
}

const DONE = 5;

export async function signals(check, page) {
  for (const [kind, greeting, wire] of [["a plain server", PLAIN_GREETING, JSON.stringify], ["a gateway", undefined, (each) => invocation(JSON.stringify(each))]]) {
    await check(`of ${kind}, signals reach their handlers in order, and wrong ones are warnings`, async () => {
      const server = await FakeServer.start(greeting);
      const client = await RecordingClient.connect(page, server.url, QUICK);
      const listening = client.run(async ({ client, heard }) => {
        const { SignalEvent, Signals } = sdkSignals;
        class Tick extends SignalEvent {
          static type = "Tick";
          get text() {
            return `${this.count} from ${this.from}`;
          }
        }
        heard.ticks = [];
        heard.raw = [];
        client.on("signal", (signal) => heard.raw.push(signal));
        await new Signals(client).onEvent(Tick, (tick) => heard.ticks.push(tick.text));
      });
      if (!greeting) await subscribed(server);
      await listening;
      const wrong = [{ signalType: "EVENT" }, event({ signalType: "constructor" }), event({ eventType: 7 }), event({ from: "" })];
      for (const each of [event({ count: 1 }), ...wrong, event({ eventType: "Tock" }), event({ count: 2 })]) server.send(wire(each));
      server.send(wire(event({ count: 3 })));
      const ticks = await until(() => client.run(({ heard }) => heard.ticks.length === 3 && heard.ticks), "three ticks");
      assert.deepEqual(ticks, ["1 from Clock", "2 from Clock", "3 from Clock"]);
      const warnings = await client.heard("warnings", wrong.length);
      assert.deepEqual(warnings.map(({ code }) => code), wrong.map(() => "invalid_message"));
      assert(warnings[0].message.includes("`id`"), warnings[0].message);
      assert.equal(await client.run(({ heard }) => heard.raw.length), 8);
      await client.close();
    });
  }

  await check("a handler whose reply can't be sent is answered for by an ErrorReply", async () => {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url, QUICK);
    const listening = client.run(({ client }) => {
      const { Reply, SignalMessage, Signals } = sdkSignals;
      return new Signals(client).onMessage(SignalMessage, (_, { reply }) => reply(new Reply({ price: 10n })));
    });
    await subscribed(server);
    await listening;
    server.send(invocation(JSON.stringify({ signalType: "MESSAGE", id: "1", timestamp: "t", messageType: "Offer", from: "Shop", to: "x", returnAddress: "signal.agents" })));
    const sent = Object.values((await server.received()).fields).flat().join();
    assert(sent.includes("ERROR_REPLY"), sent);
    await client.close();
  });

  await check("wrong options and wrong arguments of signals are refused, and leave nothing behind", async () => {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url, QUICK);
    const refused = await client.run(async ({ client }) => {
      const { Reply, SignalMessage, Signals } = sdkSignals;
      const signals = new Signals(client);
      const [message, load, key] = [new SignalMessage(), () => [], () => 0];
      const wrong = [
        ...[{ signal: "no signal" }, null, 5].map((options) => () => signals.ask("Shop", message, options)),
        ...[[5], [message, null], [message, 5]].map((rest) => () => signals.reply(new Reply(), ...rest)),
        ...[[null, { key, load }], [5, { key, load }], ["User"], ["User", null], ["User", { key }], ["User", { load }]].map((given) => () => signals.cache(...given)),
        ...[undefined, null, 5, {}].map((none) => async () => new Signals(none)),
      ];
      return Promise.all(wrong.map(async (each) => (await outcome(each())).code));
    });
    assert.deepEqual(refused, refused.map(() => "invalid_argument"));
    await client.close();
  });

  await check("a field named `__proto__` in a signal is a field like any other", async () => {
    const server = await FakeServer.start(PLAIN_GREETING);
    const client = await RecordingClient.connect(page, server.url, QUICK);
    await client.run(({ client, heard }) => {
      const { SignalEvent, Signals } = sdkSignals;
      return new Signals(client).onEvent(SignalEvent, (event) => (heard.signal = event));
    });
    server.send(JSON.stringify(event()).replace("{", `{"__proto__":{"polluted":true},`));
    const said = await until(
      () => client.run(({ heard: { signal } }) => signal && [signal instanceof sdkSignals.SignalEvent, Object.hasOwn(signal, "__proto__"), {}.polluted === undefined]),
      "the signal",
    );
    assert.deepEqual(said, [true, true, true]);
    await client.close();
  });

  /** A cache of rooms in the page; `load` gives what `globalThis.rooms` holds when the test lets it. */
  async function cached() {
    const server = await FakeServer.start();
    const client = await RecordingClient.connect(page, server.url, QUICK);
    await client.run(({ client, heard }) => {
      heard.changes = [];
      heard.loads = [];
      const load = () => new Promise((resolve, reject) => heard.loads.push({ resolve, reject }));
      const changed = ({ type, object }) => heard.changes.push(object ? `${type} ${object.name}` : type);
      heard.opening = new sdkSignals.Signals(client).cache("Room", { key: ({ id }) => id, load, changed });
      heard.opening.then((cache) => (heard.cache = cache), () => {});
    });
    await subscribed(server);
    const loads = (count) => until(() => client.run(({ heard }, count) => heard.loads.length === count, count), `load ${count}`);
    const loaded = (rooms) => client.run(({ heard }, rooms) => heard.loads.at(-1).resolve(rooms), rooms);
    const say = (...changes) => server.send(...changes.map((each) => invocation(JSON.stringify(each))));
    /** Resolves when all that was said has arrived; to be called for the first time, the second ... */
    const passed = async (time) => {
      server.send(eventFrame(deviceEvent("passed")));
      await client.heard("events", time);
    };
    const changes = (count) => until(() => client.run(({ heard }, count) => heard.changes.length >= count && heard.changes, count), `${count} changes`);
    const rooms = () => client.run(({ heard }) => [...heard.cache].map(({ id, name }) => `${id} ${name}`));
    const state = () => client.run(({ heard: { cache } }) => [cache.size, cache.isStale, cache.get(1)?.name]);
    return { server, client, loads, loaded, say, passed, changes, rooms, state };
  }

  await check("a cache applies what changes while it is loaded, and follows what changes later", async () => {
    const { client, loads, loaded, say, passed, changes, rooms, state } = await cached();
    await loads(1);
    say(change("UPDATED", 1, "new"), change("DELETED", 2, "gone"));
    say(change("CREATED", 3, "three"), { ...change("CREATED", 9, "other"), objectType: "Hall" });
    await passed(1);
    await loaded([{ id: 1, name: "old" }, { id: 2, name: "gone" }, { id: 4, name: "four" }]);
    assert.deepEqual(await changes(4), ["LOADED", "UPDATED new", "DELETED gone", "CREATED three"]);
    assert.deepEqual(await rooms(), ["1 new", "4 four", "3 three"]);
    say(change("DELETED", 4, "four"));
    await changes(5);
    assert.deepEqual(await state(), [2, false, "new"]);
    await client.run(({ heard }) => void heard.cache.close());
    say(change("DELETED", 1, "new"));
    await passed(2);
    assert.deepEqual(await state(), [2, true, "new"]);
    await client.close();
  });

  await check("a cache is loaded again after a gap that may hold its changes, once it is sure to hear new ones", async () => {
    const { server, client, loads, loaded, changes, rooms, state } = await cached();
    await loads(1);
    await loaded([{ id: 1, name: "one" }]);
    await changes(1);
    const gap = (topic) => server.send(linkFrame("Gap", [1, message([1, topic], [5, 1])]));
    gap("signal.event.Tick");
    gap(TOPIC);
    await until(() => client.run(({ heard }) => heard.cache.isStale), "a stale cache");
    assert.equal(await client.run(({ heard }) => heard.loads.length), 1);
    await subscribed(server);
    await loads(2);
    assert.deepEqual(await state(), [1, true, "one"]);
    gap("signal.**");
    await until(() => client.run(({ client }) => client.stats().gaps === 3), "the last gap");
    await loaded([{ id: 1, name: "too early" }]);
    await subscribed(server);
    await loads(3);
    await loaded([{ id: 2, name: "two" }]);
    assert.deepEqual(await changes(2), ["LOADED", "LOADED"]);
    assert.deepEqual([await rooms(), (await state())[1]], [["2 two"], false]);
    await client.close();
  });

  await check("a cache is loaded again after a resync, and again if that fails, with a warning", async () => {
    const { server, client, loads, loaded, changes, rooms } = await cached();
    await loads(1);
    await loaded([{ id: 1, name: "one" }]);
    await changes(1);
    server.sockets[0].terminate();
    await until(() => server.hellos.length === 2, "the next socket");
    // The link renews the subscription, and the cache asks whether it is.
    await subscribed(server);
    await subscribed(server);
    await loads(2);
    await client.run(({ heard }) => heard.loads.at(-1).reject(new Error("no database")));
    const [{ code }] = await client.heard("warnings", 1);
    assert.equal(code, "unavailable");
    await subscribed(server);
    await loads(3);
    await loaded([{ id: 5, name: "five" }]);
    await changes(2);
    assert.deepEqual(await rooms(), ["5 five"]);
    await client.close();
  });

  await check("a cache whose first load fails rejects with what load threw, and ends its subscription", async () => {
    const { server, client, loads } = await cached();
    await loads(1);
    await client.run(({ heard }) => heard.loads[0].reject(new Error("no database")));
    const ended = await server.received();
    assert.equal(ended.type, "Request");
    server.send(linkFrame("Reply", [1, ended.fields[1][0]], [DONE, ""]));
    assert.equal((await client.run(({ heard }) => outcome(heard.opening))).message, "no database");
    await client.close();
  });
}
