// What is sent at the edges of what can be: long, deep, with names that every object has, and text that is none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { required } from "../../support/environment.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { eventFrame, fields } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const SET = [...readFileSync(required("TERA_DESCRIPTOR_SET"))];

/** Deepest nesting of messages and Anys, counted from the payload. */
const DEPTH = 16;

export async function sending(check, page) {
  const server = await FakeServer.start();

  /** The Any of the next message that the server gets. */
  const received = async () => (await server.received()).fields[2][0];
  /** The value of that Any. */
  const value = async () => fields(await received())[2]?.[0] ?? Buffer.alloc(0);

  await check("a message of nearly a megabyte and the short ones behind it arrive as they were sent", async () => {
    const client = await RecordingClient.connect(page, server.url);
    await client.run(({ client }) => {
      client.send("service.x", { $type: "UserEvent", userFullname: "aé日😀".repeat(90_000) });
      client.send("service.x", { $type: "JoinSessionEvent", sessionUsers: Array(90_000).fill("u"), joinMsg: "m" });
      client.send("service.x", { $type: "UserEvent", userFullname: "short" });
    });
    assert(fields(await value())[3][0].equals(Buffer.from("aé日😀".repeat(90_000))));
    const { 5: users, 7: message } = fields(await value());
    assert.deepEqual([users.length, new Set(users.map(String)).size, message.map(String)], [90_000, 1, ["m"]]);
    assert.deepEqual(fields(await value()), { 3: [Buffer.from("short")] });
    await client.close();
  });

  await check("lengths around the sizes at which a length takes another byte are right", async () => {
    const client = await RecordingClient.connect(page, server.url);
    for (const length of [0, 1, 63, 64, 126, 127, 128, 16_382, 16_383, 16_384, 65_535, 65_536]) {
      await client.run(({ client }, length) => client.send("service.x", { $type: "UserEvent", userUuid: "u".repeat(length), userFullname: "ü" }), length);
      const { 1: [uuid] = [""], 3: name } = fields(await value());
      assert.deepEqual([uuid.length, name.map(String)], [length, ["ü"]]);
    }
    await client.close();
  });

  await check("a surrogate without its other half is sent as U+FFFD, in short text and long", async () => {
    const client = await RecordingClient.connect(page, server.url);
    for (const rest of ["", "é", "x".repeat(200)]) {
      await client.run(({ client }, rest) => client.send("service.x", { $type: "UserEvent", userUuid: `\udfff${rest}\ud800` }), rest);
      assert.equal(fields(await value())[1].toString(), `\ufffd${rest}\ufffd`);
    }
    await client.close();
  });

  await check(`messages are sent ${DEPTH} deep, which can be received, and no deeper`, async () => {
    const client = await RecordingClient.connect(page, server.url);
    const send = (depth, way = "send") => client.run(({ client }, [depth, way]) => {
      let data = { $type: "StopSessionEvent", sessionUuid: "deepest" };
      for (let level = 2; level < depth; level++) data = { $type: "ServerCommand", data };
      return outcome((async () => client[way]("service.x", data))());
    }, [depth, way]);
    for (const way of ["send", "publish"]) {
      const { code, message } = await send(DEPTH + 1, way);
      assert(code === "invalid_argument" && message.includes("nested too deep"), message);
      await server.sentNothing(client);
    }
    await send(DEPTH);
    server.send(eventFrame(await received()));
    let [event] = await client.heard("events", 1);
    while (event.data) event = event.data;
    assert.equal(event.sessionUuid, "deepest");
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("what can't be read, or is of another kind, is refused with its place, and the next message is as it should be", async () => {
    const client = await RecordingClient.connect(page, server.url);
    const refused = {
      "expected an object, got Date": () => ({ $type: "RPCMessage", args: [new Date()] }),
      "expected an object, got Map": () => ({ $type: "LoginEvent", logHeader: new Map([["level", 1]]) }),
      "logHeader: expected an object, got Array": () => ({ $type: "LoginEvent", logHeader: [] }),
      "userUuid: not today": () => ({ $type: "UserEvent", get userUuid() { throw new RangeError("not today"); } }),
      "bytesValue: ": () => {
        const bytesValue = new Uint8Array(8);
        structuredClone(bytesValue, { transfer: [bytesValue.buffer] });
        return { $type: "Value", bytesValue };
      },
    };
    for (const [expected, make] of Object.entries(refused)) {
      const { code, message } = await client.run(new Function("{ client }", `return outcome((async () => client.send("service.x", (${make})()))())`));
      assert(code === "invalid_argument" && message.includes(expected), message);
    }
    const inside = await client.run(({ client }) => {
      const sends = { $type: "JoinSessionEvent", sessionUrl: "outer", get sessionUuid() { client.send("service.x", { $type: "UserEvent", userUuid: "inner" }); } };
      return outcome((async () => client.send("service.x", sends))());
    });
    assert(inside.code === "invalid_argument" && inside.message.includes("while a message is read"), inside.message);
    const large = await client.run(({ client }) => outcome((async () => client.send("service.x", { $type: "UserEvent", userUuid: "x".repeat(2 ** 28) }))()));
    assert.equal(large.code, "too_large");
    await server.sentNothing(client);
    await client.run(({ client }) => client.send("service.x", { $type: "UserEvent", userUuid: "u" }));
    assert.deepEqual(fields(await value()), { 1: [Buffer.from("u")] });
    await client.close();
  });

  await check("of fields named as what every object has, only those that are set are sent", async () => {
    const client = await RecordingClient.connect(page, server.url);
    await client.run(({ client }, set) => client.register(new Uint8Array(set)), SET);
    const objects = [
      () => ({}),
      () => Object.create(null),
      () => new (class Corners { device = {}; })(),
      () => ({ constructor: new Uint8Array([7]), toString: "s" }),
      () => ({ constructor: undefined, toString: null }),
    ];
    const sent = [];
    for (const make of objects) {
      await client.run(new Function("{ client }", `client.send("service.x", Object.assign((${make})(), { $type: "acme.Corners" }))`));
      sent.push(Object.keys(fields(await value())));
    }
    assert.deepEqual(sent, [[], [], ["1"], ["3", "900"], []]);
    await client.close();
  });
}
