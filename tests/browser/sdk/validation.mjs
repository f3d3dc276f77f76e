// Clients that check messages by the rules of their fields: what is not valid is neither sent nor delivered, and all else is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { required } from "../../support/environment.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { any, deviceEvent, eventFrame, field, frame, linkFrame, message, moduleMessage } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const CAPTURES = new URL("../../fixtures/opentera-frames.jsonl", import.meta.url);
const SET = [...readFileSync(required("TERA_DESCRIPTOR_SET"))];
const UUID = "e1a2a2e1-a5ff-4660-930c-601f6b1181a5";
const CHECKED = { validate: "validate" };
const GOOD = any("DeviceEvent", message([1, UUID], [2, 1]));

export async function validation(check, page) {
  const server = await FakeServer.start();

  await page.evaluate(() => (named.validate = sdkValidation.validate));

  await check("what is not valid is refused with its places named, and nothing is sent", async () => {
    const client = await RecordingClient.connect(page, server.url, CHECKED);
    const outcomes = await client.run(async ({ client }, UUID) => {
      const bad = { $type: "JoinSessionReplyEvent", sessionUuid: "e1a2", joinReply: 99 };
      const good = { $type: "StopSessionEvent", sessionUuid: UUID };
      const sent = [
        client.request("service.x", bad),
        client.request("service.x", [good, { $type: "StopSessionEvent", serviceUuid: UUID.slice(1) }]),
        (async () => client.send("service.x", { $type: "ServerCommand", data: bad }))(),
        client.publish("room.7", bad),
        // What can't even be encoded is said first.
        (async () => client.send("service.x", { $type: "StopSessionEvent", sessionUuid: 7 }))(),
      ];
      return Promise.all(sent.map(outcome));
    }, UUID);
    assert.deepEqual(outcomes.map(({ code, isTeraError }) => [code, isTeraError]), outcomes.map(() => ["invalid_argument", true]));
    assert.deepEqual(outcomes.map(({ message }) => message), [
      "A message of type JoinSessionReplyEvent is not valid: `sessionUuid` must be a UUID, `joinReply` must be a value of its enum.",
      "A message of type StopSessionEvent is not valid: `sessionUuid` must be set, `serviceUuid` must be a UUID.",
      "A message of type ServerCommand is not valid: `data.sessionUuid` must be a UUID, `data.joinReply` must be a value of its enum.",
      "A message of type JoinSessionReplyEvent is not valid: `sessionUuid` must be a UUID, `joinReply` must be a value of its enum.",
      "TeraModuleMessage.data[0].sessionUuid: expected a string, got 7.",
    ]);
    await server.sentNothing(client);
    await client.run(({ client }, UUID) => client.send("service.x", { $type: "StopSessionEvent", sessionUuid: UUID }), UUID);
    await server.received();
    await client.close();
  });

  await check("what comes and is not valid is a warning, and the rest of the frame arrives", async () => {
    const client = await RecordingClient.connect(page, server.url, CHECKED);
    server.send(eventFrame(GOOD, deviceEvent("bad"), any("example.org/x.Y", Buffer.of(255)), GOOD));
    server.send(frame("TeraModuleMessage", moduleMessage(any("UserEvent", message([1, UUID], [2, 99])))));
    server.send(eventFrame(GOOD));
    const events = await client.heard("events", 4);
    assert.deepEqual(events.map(({ $type }) => $type), ["DeviceEvent", "Unknown", "DeviceEvent", "DeviceEvent"]);
    assert.deepEqual((await client.heard("warnings", 2)).map(({ code, message }) => [code, message]), [
      ["invalid_message", "A message of type DeviceEvent is not valid: `deviceUuid` must be a UUID."],
      ["invalid_message", "A message of type TeraModuleMessage is not valid: `data[0].type` must be a value of its enum."],
    ]);
    await client.close();
  });

  await check("an answer that is not valid fails its request", async () => {
    const client = await RecordingClient.connect(page, server.url, CHECKED);
    const answers = client.run(({ client }, UUID) => {
      const ask = () => outcome(client.request("service.x", { $type: "StopSessionEvent", sessionUuid: UUID }));
      return Promise.all([ask(), ask()]);
    }, UUID);
    const ids = [await server.received(), await server.received()].map(({ fields }) => fields[1][0]);
    server.replyMessage(ids[0], moduleMessage(deviceEvent("bad")));
    server.replyMessage(ids[1], moduleMessage(GOOD));
    const [bad, good] = await answers;
    assert.deepEqual([bad.code, good.value?.data[0].deviceUuid], ["invalid_message", UUID]);
    await client.close();
  });

  await check("a check that throws refuses what it was given, and says what it threw", async () => {
    await page.evaluate(() => {
      named.throws = ({ $type, deviceName }) => {
        if ($type !== "DeviceEvent" || deviceName === "bad") throw new Error("broken");
      };
    });
    const plain = await FakeServer.start(PLAIN_GREETING);
    const broken = ["invalid_message", "The validate function failed: broken"];
    const warned = async (client, count) => (await client.heard("warnings", count)).map(({ code, message }) => [code, message]);
    // Of what comes before the application listens, too, the rest arrives.
    const early = await RecordingClient.connect(page, plain.url, { validate: "throws" });
    plain.send(eventFrame(deviceEvent("bad"), deviceEvent("good")));
    assert.equal((await early.heard("events", 1))[0].deviceName, "good");
    assert.deepEqual(await warned(early, 2), [broken, broken]);
    await early.close();

    const client = await RecordingClient.connect(page, server.url, { validate: "throws" });
    const refused = await client.run(({ client }) => outcome(client.request("service.x", { $type: "StopSessionEvent" })));
    assert.deepEqual([refused.code, refused.message], ["invalid_argument", broken[1]]);
    const answer = client.run(({ client }) => outcome(client.request("service.x", { $type: "DeviceEvent" })));
    const { fields: request } = await server.received();
    server.replyMessage(request[1][0], moduleMessage(deviceEvent("fine")));
    assert.deepEqual([(await answer).code, (await answer).message], broken);
    await client.close();
  });

  await check("a check may send something itself", async () => {
    await page.evaluate(() => {
      named.audits = ({ $type }) => {
        if ($type === "StopSessionEvent") audited.send("service.Audit", { $type: "DeviceEvent", deviceName: "seen" });
      };
    });
    const client = await RecordingClient.connect(page, server.url, { validate: "audits" });
    await client.run(({ client }, UUID) => {
      globalThis.audited = client;
      client.send("service.Main", { $type: "StopSessionEvent", sessionUuid: UUID });
    }, UUID);
    const sent = [await server.received(), await server.received()].map(({ fields }) => fields[2][0].toString("latin1"));
    assert(sent[0].includes("DeviceEvent") && sent[0].includes("seen"), sent[0]);
    assert(sent[1].includes("StopSessionEvent") && sent[1].includes(UUID), sent[1]);
    await client.close();
  });

  await check("who doesn't ask for it gets and sends what isn't valid", async () => {
    const client = await RecordingClient.connect(page, server.url);
    await client.run(({ client }) => client.send("service.x", { $type: "StopSessionEvent", sessionUuid: "x" }));
    await server.received();
    server.send(eventFrame(deviceEvent("bad")));
    await client.heard("events", 1);
    await client.close();
  });

  await check("a registered message is checked by the options of its descriptor", async () => {
    const client = await RecordingClient.connect(page, server.url, CHECKED);
    const sent = await client.run(async ({ client }, [set, UUID]) => {
      await client.register(new Uint8Array(set));
      const visit = (rest) => ({ $type: "acme.Visit", visitorUuid: UUID, unit: "UNIT_CENTIGRADE", guests: 0, ...rest });
      const messages = [
        visit(), visit({ returns: { "": visit() } }), visit({ companions: [UUID, UUID], roomUuid: UUID }),
        visit({ visitorUuid: "" }), visit({ companions: [UUID, "", `x${UUID}`, `${UUID}x`] }), visit({ roomUuid: "" }), visit({ unit: 0 }), visit({ unit: 9 }),
        visit({ guests: undefined }), visit({ returns: { 'a"b': visit({ unit: "UNIT_UNKNOWN" }) } }),
        { $type: "acme.Corners", device: { deviceUuid: "d" }, valueOf: { kind: 77 } },
        { $type: "acme.Maps", byBool: { true: 9 }, byString: { visit: visit({ guests: undefined }) } },
      ];
      return Promise.all(messages.map((message) => outcome((async () => client.send("service.x", message))())));
    }, [SET, UUID]);
    assert.deepEqual(sent.map(({ message }) => /: (.*)\.$/.exec(message ?? "")?.[1]), [
      undefined, undefined, undefined,
      "`visitorUuid` must be set", "`companions[1]` must be a UUID, `companions[2]` must be a UUID, `companions[3]` must be a UUID", "`roomUuid` must be a UUID", "`unit` must be set",
      "`unit` must be a value of its enum", "`guests` must be set", "`returns[\"a\\\"b\"].unit` must be set",
      "`device.deviceUuid` must be a UUID, `valueOf.kind` must be a value of its enum",
      "`byBool[\"true\"]` must be a value of its enum, `byString[\"visit\"].guests` must be set",
    ]);
    for (let count = 0; count < 3; count++) await server.received();
    await server.sentNothing(client);
    server.send(eventFrame(any("example.org/acme.Visit", field(1, "x"))));
    const [{ message: said }] = await client.heard("warnings", 1);
    assert.equal(said, "A message of type acme.Visit is not valid: `visitorUuid` must be a UUID, `unit` must be set, `guests` must be set.");
    await client.close();
  });

  await check("frames of a real OpenTera server are valid, and arrive through the check", async () => {
    const payloads = readFileSync(CAPTURES, "utf8").trim().split("\n").map((line) => JSON.parse(line).payload);
    const frames = payloads.filter((payload) => payload.startsWith("{"));
    const plain = await FakeServer.start(frames[0]);
    const client = await RecordingClient.connect(page, plain.url, CHECKED);
    plain.send(...frames.slice(1), PLAIN_GREETING);
    // The greeting names nobody.
    const [{ message: said }] = await client.heard("warnings", 1);
    assert.equal(said, "A message of type UserEvent is not valid: `userUuid` must be set.");
    assert.equal((await client.heard("events", frames.length)).length, frames.length);
    await client.close();
  });

  await check("what the gateway asks of the client is not its application's to check", async () => {
    const client = await RecordingClient.connect(page, server.url, CHECKED);
    server.send(frame("RPCMessage", message([2, "variable"])), eventFrame(GOOD));
    await client.heard("events", 1);
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("`violations` looks at any object, however deep or strange, and finds 16 places at most", async () => {
    const found = await page.evaluate((UUID) => {
      const { violations } = sdkValidation;
      const cycle = { $type: "TeraModuleMessage" };
      cycle.data = Array(100).fill(cycle);
      const nested = (depth) => (depth > 1 ? { $type: "ServerCommand", data: nested(depth - 1) } : { $type: "StopSessionEvent", sessionUuid: UUID });
      const strange = [{}, { $type: "Nowhere" }, { $type: "constructor" }, { $type: "Unknown", typeUrl: "", value: new Uint8Array() }, { $type: "RPCMessage", method: 7, args: "no" }];
      return {
        cycle: violations(cycle).map(({ rule }) => rule),
        deep: [16, 17].map((depth) => violations(nested(depth)).map(({ path, rule }) => [path, rule])),
        strange: strange.map((each) => violations(each)),
        many: violations({ $type: "JoinSessionEvent", sessionUuid: UUID, sessionUsers: Array(1_000_000).fill("x") }).length,
        wrongTypes: violations({ $type: "UserEvent", userUuid: 7, type: {} }).map(({ path, rule }) => [path, rule]),
        default: violations({ $type: "UserEvent", userUuid: UUID, type: null }),
      };
    }, UUID);
    assert.deepEqual(found, {
      cycle: Array(16).fill("nesting"), deep: [[], [[Array(16).fill("data").join("."), "nesting"]]], strange: [[], [], [], [], []], many: 16,
      wrongTypes: [["userUuid", "uuid"], ["type", "enum"]], default: [],
    });
  });

  await check("an option that is no function is refused", async () => {
    const { code } = await page.evaluate((url) => outcome(connect(url, { validate: true })), server.url);
    assert.equal(code, "invalid_argument");
  });
}
