// What applications see of the link: sessions that go on or are lost, gaps, queues, heartbeats, pages that are put aside.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame, linkFrame, message } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const QUICK = { retryBase: 1, retryCap: 5 };

/** A client that also writes down gaps and resyncs, and its server. */
async function connected(page, options = {}) {
  const server = await FakeServer.start();
  const client = await RecordingClient.connect(page, server.url, { ...QUICK, ...options });
  await client.run(({ client, heard }) => {
    Object.assign(heard, { gaps: [], resyncs: 0 });
    client.on("gap", (gap) => heard.gaps.push(gap));
    client.on("resync", () => heard.resyncs++);
  });
  return { server, client };
}

/** Waits for the server to have so many sockets, and for the client to be connected to the last one. */
async function reconnected(server, client, sockets) {
  await until(() => server.hellos.length === sockets, `${sockets} sockets`);
  await client.reaches("connected");
}

/** Cuts the client off, and lets it make no attempt before {@link back}. */
async function cutOff(page, server, client) {
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  server.sockets[0].terminate();
  return (await client.reaches("disconnected")).at(-1);
}

const back = (page) => page.evaluate(() => dispatchEvent(new Event("online")));

export async function resuming(check, page) {
  await check("a session that goes on says so, asks from the right number and sends again what was not acknowledged", async () => {
    const { server, client } = await connected(page);
    server.resumes = true;
    server.send(eventFrame(deviceEvent("first")), eventFrame(deviceEvent("second")));
    await client.heard("events", 2);
    server.sockets[0].terminate();
    await reconnected(server, client, 2);
    assert.equal(server.hellos[1].received, 2);
    assert.equal(server.hellos[1].token.length, 16);
    const { resumed } = await client.run(({ client }) => client.state);
    server.send(eventFrame(deviceEvent("third")));
    const events = await client.heard("events", 3);
    assert.deepEqual([resumed, events.map(({ deviceName }) => deviceName)], [true, ["first", "second", "third"]]);
    assert.equal(await client.run(({ heard }) => heard.resyncs), 0);
    await client.close();
  });

  await check("what ends while the connection is lost for longer than a request lasts is ended when it is back", async () => {
    const { server, client } = await connected(page, { requestTimeout: 100 });
    server.resumes = true;
    const serving = client.run(async ({ client, heard }) => void (heard.end = await client.serve("f", () => 1)));
    server.replyJson((await server.received()).fields[1][0], "null");
    await serving;
    await cutOff(page, server, client);
    assert.equal((await client.run(({ heard }) => outcome(heard.end()))).code, "timeout");
    await back(page);
    await reconnected(server, client, 2);
    const { fields } = await server.received();
    assert(Object.values(fields).flat().some((field) => field.includes?.("withdraw")), "it is served for ever");
    await client.close();
  });

  await check("what ends after the client was closed has ended", async () => {
    const { server, client } = await connected(page);
    const serving = client.run(async ({ client, heard }) => void (heard.end = await client.serve("f", () => 1)));
    server.replyJson((await server.received()).fields[1][0], "null");
    await serving;
    const ended = await client.run(({ client, heard }) => (client.close(), outcome(heard.end())));
    assert.equal(ended.code, undefined);
  });

  await check("a request made while the connection is lost is sent with the next one and answered", async () => {
    const { server, client } = await connected(page);
    await cutOff(page, server, client);
    const waiting = await client.run(({ client, heard }) => {
      heard.outcome = outcome(client.call("service.x", "m"));
      return [client.bufferedAmount > 0, client.stats().queued];
    });
    assert.deepEqual(waiting, [true, 1]);
    await back(page);
    const { type, fields } = await server.received();
    assert.equal(type, "Request");
    server.replyJson(fields[1][0], "42");
    assert.deepEqual(await client.run(({ heard }) => heard.outcome), { value: 42 });
    await client.close();
  });

  await check("gaps arrive with topic and positions, and without a count if nobody knows it", async () => {
    const { server, client } = await connected(page);
    const exact = message([1, "service.A.events"], [2, 3], [3, 7], [4, 5]);
    const unknown = message([1, "service.B.events"], [5, 1]);
    server.send(linkFrame("Gap", [1, exact], [1, unknown]));
    const gaps = await until(() => client.run(({ heard }) => heard.gaps.length === 2 && heard.gaps), "two gaps");
    assert.deepEqual(gaps, [{ topic: "service.A.events", first: 3, last: 7, count: 5 }, { topic: "service.B.events" }]);
    const { gaps: counted, missed } = await client.run(({ client }) => client.stats());
    assert.deepEqual([counted, missed], [2, 5]);
    await client.close();
  });

  await check("a session that is lost is a resync", async () => {
    const { server, client } = await connected(page);
    server.sockets[0].terminate();
    await reconnected(server, client, 2);
    await until(() => client.run(({ heard }) => heard.resyncs === 1), "a resync");
    const { resumed } = await client.run(({ client }) => client.state);
    assert.equal(resumed, false);
    await client.close();
  });

  await check("of messages too many the policy's are dropped, and counted", async () => {
    for (const [overflow, kept] of [["dropOldest", ["2", "3"]], ["dropNewest", ["1", "2"]]]) {
      const { server, client } = await connected(page, { maxQueued: 2, overflow });
      await cutOff(page, server, client);
      const dropped = await client.run(({ client }) => {
        for (const sessionUuid of ["1", "2", "3"]) client.send("service.x", { $type: "StopSessionEvent", sessionUuid });
        return client.stats().dropped;
      });
      assert.equal(dropped, 1, overflow);
      await back(page);
      const sent = [await server.received(), await server.received()].map(({ fields }) => /[123]$/.exec(String(fields[2][0]))[0]);
      assert.deepEqual(sent, kept, overflow);
      await client.close();
    }
  });

  await check("a message too many is refused with queue_full unless the policy says otherwise", async () => {
    const { server, client } = await connected(page, { maxQueued: 1 });
    await cutOff(page, server, client);
    const { code } = await client.run(({ client }) => {
      client.send("service.x", { $type: "StopSessionEvent" });
      return outcome((async () => client.send("service.x", { $type: "StopSessionEvent" }))());
    });
    assert.equal(code, "queue_full");
    await back(page);
    await client.close();
  });

  await check("a server that falls silent is noticed, and the session goes on at the next one", async () => {
    const { server, client } = await connected(page, { heartbeat: 100 });
    server.resumes = true;
    server.isAlive = false;
    const states = await client.heard("states", 3);
    assert.deepEqual(states.map(({ name }) => name), ["disconnected", "connecting", "connected"]);
    await until(() => server.closes.length, "the silent socket to close");
    assert.equal(server.closes[0].code, 4006);
    await client.close();
  });

  await check("a machine that slept probes its connection long before the next heartbeat, told by the page or by its clocks", async () => {
    const leap = () => {
      globalThis.realNow = Date.now;
      Date.now = () => realNow() + 60_000;
    };
    for (const wake of [() => document.dispatchEvent(new Event("resume")), leap]) {
      const { server, client } = await connected(page, { heartbeat: 600_000 });
      await until(() => server.pings === 1, "the first Ping of a connection");
      await page.evaluate(wake);
      await until(() => server.pings === 2, "a Ping after the wake");
      await client.close();
    }
    await page.evaluate(() => (Date.now = realNow));
  });

  await check("a page that is put aside hangs up, keeps its session, and takes it up when it is back", async () => {
    const { server, client } = await connected(page);
    server.resumes = true;
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await until(() => server.closes.length, "the socket to close");
    assert.equal(server.closes[0].code, 4006);
    const { retryIn } = (await client.reaches("disconnected")).at(-1);
    assert.equal(retryIn, Infinity);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await reconnected(server, client, 2);
    assert.equal((await client.run(({ client }) => client.state)).resumed, true);
    await client.close();
  });

  await check("without a network there is no attempt; when it is back there is one", async () => {
    const { server, client } = await connected(page);
    const { retryIn } = await cutOff(page, server, client);
    assert.equal(retryIn, Infinity);
    await back(page);
    await reconnected(server, client, 2);
    await client.close();
  });

  await check("a page that comes back finds out that the network is there, though nobody has said so", async () => {
    const { server, client } = await connected(page);
    await cutOff(page, server, client);
    await page.evaluate(() => document.dispatchEvent(new Event("resume")));
    await reconnected(server, client, 2);
    await client.close();
  });

  await check("a request ends that a handler of what it gives rise to aborts, or whose client it closes", async () => {
    for (const [end, code] of [["abort", "aborted"], ["close", "closed"]]) {
      const { server, client } = await connected(page, { maxQueued: 1, overflow: "dropOldest" });
      await cutOff(page, server, client);
      const codes = await client.run(({ client }, end) => {
        const aborter = new AbortController();
        client.on("warning", () => (end === "abort" ? aborter.abort() : client.close()));
        const { signal } = aborter;
        return Promise.all([client.call("service.x", "m"), client.call("service.x", "m", [], { signal })].map(async (call) => (await outcome(call)).code));
      }, end);
      assert.deepEqual(codes, ["queue_full", code]);
      await back(page);
      await client.close();
    }
  });

  await check("drain waits for answers, takes nothing new, and closes; twice is harmless", async () => {
    const { server, client } = await connected(page);
    await client.run(({ client, heard }) => {
      heard.answer = outcome(client.call("service.x", "m"));
      heard.drained = Promise.all([client.drain(), client.drain({ timeout: 5000 })]).then(() => client.state.name);
      heard.late = outcome(client.call("service.x", "m"));
    });
    const { fields } = await server.received();
    assert.equal((await client.run(({ heard }) => heard.late)).code, "closed");
    server.send(linkFrame("Reply", [1, fields[1][0]], [3, "1"]));
    // The gateway acknowledges with whatever it sends; here with a Pong.
    server.sockets[0].send(Buffer.concat([linkFrame("Ack"), Buffer.from([0xd0, 0x3e, 1])]));
    assert.deepEqual(await client.run(({ heard }) => heard.answer), { value: 1 });
    assert.equal(await client.run(({ heard }) => heard.drained), "closed");
  });

  await check("a drain that takes too long closes and settles what is left", async () => {
    const { server, client } = await connected(page);
    const code = await client.run(async ({ client }) => {
      const call = outcome(client.call("service.x", "m"));
      await client.drain({ timeout: 50 });
      return (await call).code;
    });
    assert.equal(code, "closed");
    await until(() => server.closes.length, "the socket to close");
    assert.equal(server.closes[0].code, 1000);
  });

  await check("handlers may close, listen and throw within a message without harm", async () => {
    const { server, client } = await connected(page);
    await client.run(({ client, heard }) => {
      Object.assign(heard, { names: [], thrown: 0 });
      addEventListener("error", (event) => {
        event.preventDefault();
        heard.thrown++;
      });
      client.on("DeviceEvent", () => {
        throw new Error("handler's fault");
      });
      const late = ({ deviceName }) => heard.names.push(`late ${deviceName}`);
      client.once("DeviceEvent", ({ deviceName }) => {
        heard.names.push(deviceName);
        client.on("DeviceEvent", late);
        client.once("DeviceEvent", () => client.close());
      });
    });
    server.send(eventFrame(deviceEvent("a"), deviceEvent("b"), deviceEvent("c")), eventFrame(deviceEvent("d")));
    await client.reaches("closed");
    const { names, thrown } = await client.run(({ heard }) => heard);
    assert.deepEqual(names.slice(0, 2), ["a", "late b"]);
    assert(thrown >= 2, `${thrown} were thrown`);
    assert.equal(new Set(names).size, names.length, "nothing twice");
  });
}
