// Requests and calls: each settles exactly once.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { any, deviceEvent, eventFrame, linkFrame, message, moduleMessage } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

/** The gateway's error numbers, in order, as JavaScript knows them. */
const CODES = [
  "unknown", "timeout", "aborted", "closed", "disconnected", "unsupported", "invalid_argument", "invalid_message",
  "forbidden", "remote_error", "unreachable", "too_large", "rate_limited", "unavailable", "queue_full", "connect_failed",
  "logged_out", "protocol_violation", "not_loaded", "uncertain", "unauthorized",
];

/** Starts a call and keeps how it settles, and how often. */
const startCall = ({ client, heard }, options) => {
  heard.settled = [];
  client.call("service.x", "m", [], options).then(
    (value) => heard.settled.push({ value }),
    ({ code }) => heard.settled.push({ code }),
  );
};
const settled = (client) => until(() => client.run(({ heard }) => heard.settled.length && heard.settled), "the call to settle");

export async function requests(check, page) {
  const server = await FakeServer.start();
  const connected = (options) => RecordingClient.connect(page, server.url, options);
  const goodFrame = eventFrame(deviceEvent("still here"));

  await check("a request carries its message and resolves with the answer", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      const invitation = { $type: "JoinSessionReplyEvent", sessionUuid: "s", joinReply: "REPLY_ACCEPTED", replyMsg: "é" };
      heard.answer = client.request("module.TeraServer.UserManagerModule", invitation);
    });
    const { type, fields } = await server.received();
    assert.equal(type, "Request");
    assert(fields[3][0].includes("module.TeraServer.UserManagerModule"));
    assert(fields[3][0].includes(any("JoinSessionReplyEvent", message([1, "s"], [5, 1], [6, "é"]))));
    server.replyMessage(fields[1][0], moduleMessage(any("Result", message([1, 1], [2, 5], [3, "fine"]))));
    const { head, data } = await client.run(({ heard }) => heard.answer);
    assert.deepEqual([head.seq, head.source], [7, "service.x"]);
    const [{ $type, type: result, code, message: said }] = data;
    assert.deepEqual([data.length, $type, result, code, said], [1, "Result", "RESULT_OK", 5n, "fine"]);
    await client.close();
  });

  await check("100 calls under way at once each get their own answer, in whatever order", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => {
      heard.answers = Promise.all(Array.from({ length: 100 }, (_, index) => client.call("service.x", "m", [index])));
    });
    const ids = [];
    while (ids.length < 100) ids.push((await server.received()).fields[1][0]);
    for (const [index, id] of [...ids.entries()].reverse()) server.replyJson(id, JSON.stringify({ index }));
    const answers = await client.run(({ heard }) => heard.answers);
    assert.deepEqual(answers, ids.map((_, index) => ({ index })));
    await client.close();
  });

  await check("no answer is a timeout; the gateway is told, and a late answer is harmless", async () => {
    const client = await connected();
    await client.run(startCall, { timeout: 30 });
    const id = (await server.received()).fields[1][0];
    assert.deepEqual(await settled(client), [{ code: "timeout" }]);
    const cancel = await server.received();
    assert.deepEqual([cancel.type, cancel.fields[1]], ["Cancel", [id]]);
    server.replyJson(id, "1");
    server.send(goodFrame);
    await client.heard("events", 1);
    assert.equal((await settled(client)).length, 1);
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("duplicate answers and answers to nothing are harmless", async () => {
    const client = await connected();
    await client.run(startCall);
    const id = (await server.received()).fields[1][0];
    server.replyJson(id, "1");
    server.replyJson(id, "2");
    server.replyError(id, 1);
    for (const stray of [0, 999_999, 2n ** 64n - 1n]) server.replyJson(stray, "3");
    server.send(goodFrame);
    await client.heard("events", 1);
    assert.deepEqual(await settled(client), [{ value: 1 }]);
    await client.close();
  });

  await check("an abort settles with aborted and cancels at the gateway; before the start nothing is sent", async () => {
    const client = await connected();
    const before = await client.run(({ client }) => outcome(client.call("service.x", "m", [], { signal: AbortSignal.abort() })));
    assert.equal(before.code, "aborted");
    await client.run(({ client, heard }) => {
      heard.aborter = new AbortController();
      heard.outcome = outcome(client.call("service.x", "m", [], { signal: heard.aborter.signal }));
    });
    const id = (await server.received()).fields[1][0];
    const { code, cause } = await client.run(({ heard }) => {
      heard.aborter.abort(new Error("left the room"));
      return heard.outcome;
    });
    assert.deepEqual([code, cause], ["aborted", "Error: left the room"]);
    const cancel = await server.received();
    assert.deepEqual([cancel.type, cancel.fields[1]], ["Cancel", [id]]);
    await client.close();
  });

  await check("a lost session settles with uncertain what may have been carried out", async () => {
    const client = await connected({ retryBase: 1, retryCap: 5 });
    await client.run(startCall);
    await server.received();
    server.sockets.at(-1).terminate();
    assert.deepEqual(await settled(client), [{ code: "uncertain" }]);
    await client.close();
  });

  await check("every error of the gateway has its code, description and help", async () => {
    const client = await connected();
    for (const [number, code] of CODES.entries()) {
      await client.run(({ client, heard }) => {
        heard.outcome = outcome(client.call("service.x", "m"));
      });
      server.replyError((await server.received()).fields[1][0], number);
      const result = await client.run(({ heard }) => heard.outcome);
      assert.deepEqual([result.code, result.help, result.isTeraError], [code, "do this", true]);
      assert.equal(result.message, "said so. do this");
    }
    await client.close();
  });

  await check("a refusal of what was sent one way is a warning", async () => {
    const client = await connected();
    await client.run(({ client }) => client.send("service.x", { $type: "StopSessionEvent" }));
    assert.equal((await server.received()).type, "TeraModuleMessage");
    server.send(linkFrame("Notice", [1, message([1, 8], [2, "not yours"])]));
    const [{ code, message: said }] = await client.heard("warnings", 1);
    assert.deepEqual([code, said], ["forbidden", "not yours"]);
    await client.close();
  });

  await check("more requests than `maxInFlight` are refused with queue_full", async () => {
    const client = await connected({ maxInFlight: 2 });
    const code = await client.run(async ({ client }) => {
      outcome(client.call("service.x", "m"));
      outcome(client.call("service.x", "m"));
      return (await outcome(client.call("service.x", "m"))).code;
    });
    assert.equal(code, "queue_full");
    await server.received();
    await server.received();
    await client.close();
  });

  await check("an answer that can't be read settles with invalid_message", async () => {
    const client = await connected();
    const answers = [(id) => server.replyJson(id, "{"), (id) => server.replyMessage(id, Buffer.from([0xff]))];
    for (const answer of answers) {
      await client.run(startCall);
      answer((await server.received()).fields[1][0]);
      assert.deepEqual(await settled(client), [{ code: "invalid_message" }]);
    }
    await client.close();
  });

  await check("an answer of which one message can't be read settles with invalid_message, and not without it", async () => {
    const client = await connected();
    const asked = client.run(({ client }) => outcome(client.request("service.x", { $type: "StopSessionEvent" })));
    server.replyMessage((await server.received()).fields[1][0], moduleMessage(deviceEvent("one"), any("DeviceEvent", Buffer.of(255)), deviceEvent("three")));
    const { code, message } = await asked;
    assert.equal(code, "invalid_message");
    assert(message.includes("DeviceEvent"), message);
    await client.close();
  });

  await check("wrong arguments settle with invalid_argument, and nothing is sent", async () => {
    const client = await connected();
    const codes = await client.run(({ client }) => {
      const stop = { $type: "StopSessionEvent" };
      const wrong = [
        () => client.call("nowhere", "m"),
        () => client.call(5, "m"),
        () => client.call("service.x", 5),
        () => client.call("service.x", "m", "no array"),
        () => client.call("service.x", "m", [undefined]),
        () => client.call("service.x", "m", [() => 1]),
        () => client.call("service.x", "m", [{ noSuchValue: 1 }]),
        () => client.call("service.x", "m", [2n ** 64n]),
        () => client.call("service.x", "m", [], { timeout: -1 }),
        () => client.request("", stop),
        () => client.request("service.x", { $type: "NoSuchType" }),
        () => client.request("service.x", { noType: 1 }),
        () => client.request("service.x", { ...stop, sessionUuid: 5 }),
        () => client.request("service.x", { ...stop, noSuchField: 5 }),
        () => client.request("service.x", { $type: "JoinSessionReplyEvent", joinReply: "NO_SUCH_REPLY" }),
        () => client.request("service.x", null),
        () => client.request("service.x", []),
        () => client.notify("service.x", []),
        async () => client.send("service.x", []),
        async () => client.send("service.x", 5),
      ];
      return Promise.all(wrong.map(async (start) => `${start}: ${(await outcome(start())).code}`));
    });
    assert.deepEqual(codes.filter((code) => !code.endsWith(": invalid_argument")), []);
    const { message: said } = await client.run(({ client }) => outcome(client.publish(5, { $type: "StopSessionEvent" })));
    assert.equal(said, "An address or a topic must be a string.");
    await server.sentNothing(client);
    await client.close();
  });
}
