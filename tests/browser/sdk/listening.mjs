// Handlers, iterators, and what events are made of.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { any, deviceEvent, eventFrame, frame, message, moduleMessage } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const FLOOD = 50_000;

export async function listening(check, page) {
  const server = await FakeServer.start();
  const connected = () => RecordingClient.connect(page, server.url);
  const say = (...names) => server.send(...names.map((name) => eventFrame(deviceEvent(name))));

  await check("a handler that throws doesn't stop the others", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.reported = [];
      addEventListener("error", (event) => {
        event.preventDefault();
        heard.reported.push(event.error.message);
      });
      client.on("DeviceEvent", () => {
        throw new Error("handler's fault");
      });
      client.on("DeviceEvent", (event) => (heard.after = event.deviceName));
    });
    say("one", "two");
    await client.heard("events", 2);
    assert.equal(await client.run(({ heard }) => heard.after), "two");
    assert.deepEqual(await client.run(({ heard }) => heard.reported), ["handler's fault", "handler's fault"]);
    await client.close();
  });

  await check("`once` hears one event, and `off` and the returned function end listening", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.calls = [];
      const note = (name) => (event) => heard.calls.push(`${name} ${event.deviceName}`);
      client.once("DeviceEvent", note("once"));
      const removed = note("off");
      client.on("DeviceEvent", removed);
      client.off("DeviceEvent", removed);
      const cancel = client.on("DeviceEvent", (event) => {
        note("until two")(event);
        if (event.deviceName === "two") cancel();
      });
    });
    say("one", "two", "three");
    await client.heard("events", 3);
    const calls = await client.run(({ heard }) => heard.calls);
    assert.deepEqual(calls, ["once one", "until two one", "until two two"]);
    await client.close();
  });

  await check("what a handler ends hears nothing of the event any more, and what it begins hears the next one", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.calls = [];
      const note = (name) => (event) => heard.calls.push(`${name} ${event.deviceName}`);
      const [ended, begun] = [note("ended"), note("begun")];
      client.once("DeviceEvent", () => {
        client.off("DeviceEvent", ended);
        client.on("DeviceEvent", begun);
        client.on("DeviceEvent", begun);
      });
      client.on("DeviceEvent", ended);
    });
    say("one", "two");
    await client.heard("events", 2);
    assert.deepEqual(await client.run(({ heard }) => heard.calls), ["begun two"]);
    await client.close();
  });

  await check("an iterator keeps at most `limit` events, drops the oldest and counts them", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.iterator = client.events("DeviceEvent", { limit: 2 });
    });
    say("one", "two", "three", "four", "five");
    await client.heard("events", 5);
    const taken = await client.run(async ({ heard: { iterator } }) => {
      const names = [(await iterator.next()).value.deviceName, (await iterator.next()).value.deviceName];
      return { names, dropped: iterator.dropped };
    });
    assert.deepEqual(taken, { names: ["four", "five"], dropped: 3 });
    await client.close();
  });

  await check("an iterator's signal ends a loop that waits", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.aborter = new AbortController();
      heard.loop = (async () => {
        const names = [];
        for await (const event of client.events("DeviceEvent", { signal: heard.aborter.signal })) names.push(event.deviceName);
        return names;
      })();
    });
    say("one", "two");
    await client.heard("events", 2);
    const names = await client.run(({ heard }) => {
      heard.aborter.abort();
      return heard.loop;
    });
    assert.deepEqual(names, ["one", "two"]);
    await client.close();
  });

  await check("an iterator whose signal has fired gives nothing more, also of what waited", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.abort = new AbortController();
      heard.iterator = client.events("DeviceEvent", { signal: heard.abort.signal });
    });
    say("one", "two", "three");
    await client.heard("events", 3);
    const names = await client.run(async ({ heard }) => {
      const names = [];
      for await (const event of heard.iterator) {
        names.push(event.deviceName);
        heard.abort.abort();
      }
      return names;
    });
    assert.deepEqual(names, ["one"]);
    await client.close();
  });

  await check("an iteration whose subscription nobody answers ends with its signal, and with the client", async () => {
    const silent = await FakeServer.start();
    const client = await RecordingClient.connect(page, silent.url);
    const ended = client.run(({ client, heard }) => {
      heard.abort = new AbortController();
      const firsts = [client.subscribe("room.7", { signal: heard.abort.signal }).next(), client.subscribe("room.8").next()];
      return Promise.all(firsts.map(async (first) => (await outcome(first)).value?.done));
    });
    await silent.received();
    await silent.received();
    await client.run(({ heard }) => heard.abort.abort());
    await client.run(({ client }) => client.close());
    assert.deepEqual(await ended, [true, true]);
  });

  await check("an iteration whose subscription fails says so once, and lets go of its signal", async () => {
    const plain = await FakeServer.start(PLAIN_GREETING);
    const client = await RecordingClient.connect(page, plain.url);
    const [codes, listeners] = await client.run(async ({ client }) => {
      const signal = new AbortController().signal;
      let listeners = 0;
      for (const [name, change] of [["addEventListener", 1], ["removeEventListener", -1]]) {
        const real = signal[name];
        signal[name] = function (...all) {
          listeners += change;
          return real.apply(this, all);
        };
      }
      const iterator = client.subscribe("room.7", { signal });
      const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()].map(outcome));
      return [results.map(({ code, value }) => code ?? value.done), listeners];
    });
    assert.deepEqual([codes, listeners], [["unsupported", true, true], 0]);
    await client.close();
  });

  await check("a flood of 50,000 messages leaves the page its turns, and an iterator no more than its limit", async () => {
    const flooded = await FakeServer.start();
    const client = await RecordingClient.connect(page, flooded.url);
    await client.run(({ client, heard }) => {
      Object.assign(heard, { count: 0, between: 0, most: 0, isOrdered: true, iterator: client.events("DeviceEvent", { limit: 100 }) });
      // What else the page has to do asks for a turn with the first message after its last one, and has it between two messages.
      const { port1, port2 } = new MessageChannel();
      heard.port = port1;
      port1.onmessage = () => (heard.between = 0);
      client.on("DeviceEvent", ({ deviceName }) => {
        heard.isOrdered &&= Number(deviceName) === heard.count++;
        if (heard.between++ === 0) port2.postMessage(undefined);
        heard.most = Math.max(heard.most, heard.between);
      });
    });
    flooded.send(...Array.from({ length: FLOOD }, (_, number) => eventFrame(deviceEvent(String(number)))));
    await until(async () => (await client.run(({ heard }) => heard.count)) === FLOOD, "all to be heard", 45_000);
    const { taken, dropped, isOrdered, most } = await client.run(async ({ heard: { iterator, port, isOrdered, most } }) => {
      port.close();
      return { taken: (await iterator.next()).value.deviceName, dropped: iterator.dropped, isOrdered, most };
    });
    assert.deepEqual([taken, dropped, isOrdered], [String(FLOOD - 100), FLOOD - 100, true]);
    // The browser itself gives a page as many at once as it has read at once: some 2,000 of these.
    assert(most < FLOOD / 10, `the page had no turn in ${most} messages`);
    await client.close();
  });

  await check("a wrong handler or limit, and options that are none, are invalid_argument", async () => {
    const client = await connected();
    const codes = await client.run(({ client }) => {
      const iterators = (wrong) => [() => client.events("event", wrong), () => client.subscribe("room.7", wrong), () => client.watch("temperature", wrong), () => client.consume("jobs", wrong)];
      const promises = (wrong) => [() => client.set("temperature", 1, wrong), () => client.drain(wrong), () => client.request("module.x", { $type: "Result" }, wrong)];
      const all = [() => client.on("event", 5), () => client.events("event", { limit: 0 }), () => client.events("event", { limit: 1.5 }), () => client.subscribe("room.7", { limit: 0 })];
      for (const wrong of [null, 5, { signal: 5 }]) all.push(...iterators(wrong), ...promises(wrong));
      const code = async (wrong) => {
        try {
          await wrong();
          return "none";
        } catch (error) {
          return error.code;
        }
      };
      return Promise.all(all.map(code));
    });
    assert.deepEqual(codes, codes.map(() => "invalid_argument"));
    await server.sentNothing(client);
    await client.close();
  });

  await check("events are plain data that structuredClone copies whole", async () => {
    const client = await connected();
    server.send(eventFrame(deviceEvent("é😀\u2028"), any("x.y/Nope", Buffer.from([1, 2, 255]))));
    const events = await client.heard("events", 2);
    const copies = await client.run(({ heard }) => structuredClone(heard.events));
    assert.deepEqual(copies, events);
    assert.equal(copies[0].deviceName, "é😀\u2028");
    await client.close();
  });

  await check("an unknown type keeps its URL and bytes, an unknown enum value its number", async () => {
    const client = await connected();
    server.send(eventFrame(any("x.y/Nope", Buffer.from([1, 2, 255])), any("DeviceEvent", message([2, 99]))));
    await client.heard("events", 2);
    const [unknown, device] = await client.run(({ heard }) =>
      heard.events.map((event) => ({ ...event, value: event.value && [...event.value], isBytes: event.value instanceof Uint8Array })),
    );
    assert.deepEqual([unknown.$type, unknown.typeUrl, unknown.value, unknown.isBytes], ["Unknown", "x.y/Nope", [1, 2, 255], true]);
    assert.equal(device.type, 99);
    await client.close();
  });

  await check("64-bit numbers are bigint at both ends of their range", async () => {
    const client = await connected();
    for (const code of [2n ** 63n - 1n, -(2n ** 63n)]) {
      server.send(frame("TeraModuleMessage", moduleMessage(any("Result", message([1, 1], [2, code])))));
    }
    await client.heard("events", 2);
    const codes = await client.run(({ heard }) => heard.events.map(({ data: [result] }) => result.code));
    assert.deepEqual(codes, [2n ** 63n - 1n, -(2n ** 63n)]);
    await client.close();
  });
}
