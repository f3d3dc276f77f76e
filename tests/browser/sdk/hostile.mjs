// Bad input: each gives a typed warning, and the connection and the page live on.

import assert from "node:assert/strict";
import { FakeServer } from "../../support/fake_server.mjs";
import { any, deviceEvent, eventFrame, field, frame, linkFrame, message } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const GOOD = eventFrame(deviceEvent("still here"));
const DEPTH = 10_000;
const INVALID_UTF8 = Buffer.from([0x66, 0xff, 0xfe, 0x6f]);
const TYPE_URL = "type.googleapis.com/opentera.protobuf.TeraEvent";

/** Each name and the frames that are bad in this way; every one of them gives one `invalid_message` warning. */
const BAD_FRAMES = {
  "frames cut short at every length": Array.from({ length: GOOD.length }, (_, length) => GOOD.subarray(0, length)),
  "random bytes": randomFrames(300),
  "a type URL that is not its message's": [
    eventFrame(any("RPCMessage", message([1, 5]))),
    frame("TeraEvent", message([1, 5])),
  ],
  "invalid UTF-8 in a type URL": [field(1, message([1, INVALID_UTF8]))],
  "a link message cut short": [linkFrame("Reply", [2, "x"]).subarray(0, -1), frame("/tera.link.v1.Welcome", [0x12, 9])],
  "messages that only clients send": [linkFrame("Request", [1, 1]), linkFrame("Cancel", [1, 1])],
  [`${DEPTH} nested groups of JSON`]: ["[".repeat(DEPTH), '{"message":'.repeat(DEPTH), "[".repeat(DEPTH) + "]".repeat(DEPTH)],
  "text that is no JSON": ["", "hello", "{", '{"message":', "\u0000", "NaN", '{"message": nul}'],
  "JSON that is no TeraMessage": [
    "null", "5", "[]", '"text"', '{"a":1}', "{}", '{"message":5}', '{"message":{"@type":5}}',
    `{"message":{"@type":"${TYPE_URL}","events":5}}`,
    `{"message":{"@type":"${TYPE_URL}","header":{"version":"x"}}}`,
  ],
};

export async function hostile(check, page) {
  for (const [name, frames] of Object.entries(BAD_FRAMES)) {
    await check(`${name}: a warning each, and a good frame still arrives`, async () => {
      const { client, server } = await link(page);
      server.send(...frames, GOOD);
      const events = await client.heard("events", 1);
      assert.deepEqual(events.map((event) => event.deviceName), ["still here"]);
      const warnings = await client.heard("warnings", frames.length);
      const unexpected = warnings.filter(({ code }) => code !== "invalid_message");
      assert.deepEqual(unexpected, []);
      assert.equal(warnings.length, frames.length);
      assert(warnings.every(({ message }) => message.length > 10), "each says what is wrong");
      await stillConnected(client, server);
    });
  }

  await check("type URLs that name nothing known are kept whole as Unknown", async () => {
    const { client, server } = await link(page);
    const urls = ["", "/", "no-slash", "type.googleapis.com/", "type.googleapis.com/opentera.protobuf.Nope"];
    const frames = urls.map((url) => field(1, message([1, url], [2, "v"])));
    // Three times, as a string is kept that comes twice.
    server.send(...frames, ...frames, ...frames, GOOD);
    const events = await client.heard("events", 3 * urls.length + 1);
    assert.deepEqual(events.map(({ $type, typeUrl }) => typeUrl ?? $type), [...urls, ...urls, ...urls, "DeviceEvent"]);
    server.send(JSON.stringify({ message: { "@type": TYPE_URL, events: urls.map((url) => ({ "@type": url })) } }));
    const fromJson = (await client.heard("events", 4 * urls.length + 1)).slice(3 * urls.length + 1);
    assert.deepEqual(fromJson.map(({ typeUrl }) => typeUrl), urls);
    await stillConnected(client, server);
  });

  for (const [form, nested] of [["binary", eventFrame(nestedCommands())], ["JSON", nestedJson()]]) {
    await check(`${DEPTH} nested Anys in ${form} cost their event, with a warning, and a good frame still arrives`, async () => {
      const { client, server } = await link(page);
      server.send(nested, GOOD);
      const events = await client.heard("events", 1);
      assert.deepEqual(events.map(({ $type }) => $type), ["DeviceEvent"]);
      const warnings = await client.heard("warnings", 1);
      assert.deepEqual(warnings.map(({ code }) => code), ["invalid_message"]);
      await stillConnected(client, server);
    });
  }

  await check("invalid UTF-8 in one of three events costs that one only", async () => {
    const { client, server } = await link(page);
    const bad = any("DeviceEvent", message([3, INVALID_UTF8]));
    server.send(eventFrame(deviceEvent("first"), bad, deviceEvent("third")));
    const names = (await client.heard("events", 2)).map((event) => event.deviceName);
    assert.deepEqual(names, ["first", "third"]);
    const warnings = await client.heard("warnings", 1);
    assert.deepEqual(warnings.map(({ code }) => code), ["invalid_message"]);
    await stillConnected(client, server);
  });

  await check("a frame of 20 MB is a warning `too_large`", async () => {
    const { client, server } = await link(page);
    server.send(eventFrame(deviceEvent("x".repeat(20_000_000))), "x".repeat(20_000_000), GOOD);
    await client.heard("events", 1);
    const warnings = await client.heard("warnings", 2);
    assert.deepEqual(warnings.map(({ code }) => code), ["too_large", "too_large"]);
    await stillConnected(client, server);
  });

  await check("a frame of 15 MB in 1,000 events arrives whole", async () => {
    const { client, server } = await link(page);
    const names = Array.from({ length: 1000 }, (_, index) => `${index}é😀`.padEnd(15_000, "x"));
    server.send(eventFrame(...names.map(deviceEvent)));
    const wrong = () => client.run(({ heard }, names) => heard.events.filter((event, index) => event.deviceName !== names[index]).length, names);
    await client.run(async ({ heard, client }) => {
      if (heard.events.length < 1000) await new Promise((resolve) => client.on("event", () => heard.events.length >= 999 && queueMicrotask(resolve)));
    });
    assert.equal(await wrong(), 0);
    await client.close();
  });

  await check("a lone surrogate in JSON neither stops the page nor the connection", async () => {
    const { client, server } = await link(page);
    const event = '{"@type":"x/opentera.protobuf.LogEvent","sender":"a\\ud800b","message":"kept"}';
    server.send(`{"message":{"@type":"${TYPE_URL}","events":[${event}]}}`, GOOD);
    const [{ sender, message }, { deviceName }] = await client.heard("events", 2);
    assert.deepEqual([sender, message, deviceName], ["a\ud800b", "kept", "still here"]);
    await stillConnected(client, server);
  });
}

async function link(page) {
  const server = await FakeServer.start();
  return { server, client: await RecordingClient.connect(page, server.url) };
}

async function stillConnected(client, server) {
  assert.equal(await client.run(({ client }) => client.state.name), "connected");
  assert.deepEqual(server.closes, []);
  assert.equal(server.sockets.length, 1);
  await client.close();
  await server.stop();
}

/** The same bytes in every run. None happens to be a frame. */
function randomFrames(count) {
  let state = 0x2545f491;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
  return Array.from({ length: count }, () => Buffer.from(Array.from({ length: 1 + next() }, next)));
}

/** A ServerCommand whose data is a ServerCommand whose data is ... */
function nestedCommands() {
  let command = any("ServerCommand", message([1, 1]));
  for (let level = 0; level < DEPTH; level += 1) command = any("ServerCommand", message([1, 1], [2, command]));
  return command;
}

function nestedJson() {
  const open = '{"@type":"x/opentera.protobuf.ServerCommand","data":';
  return `{"message":{"@type":"${TYPE_URL}","events":[${open.repeat(DEPTH)}{}${"}".repeat(DEPTH)}]}}`;
}
