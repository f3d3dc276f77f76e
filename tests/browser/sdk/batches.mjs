// Several frames in one message: each is heard as if it had come alone.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { batchOf, deviceEvent, eventFrame } from "../../support/protobuf.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const say = (name) => eventFrame(deviceEvent(name));
/** The key of a frame in a batch. */
const KEY = Buffer.from([0xe2, 0x3e]);
/** What can stand where the next frame of a batch should; each gives one warning. */
const MALFORMED = {
  "a key without a length": KEY,
  "a length beyond the end": Buffer.from([...KEY, 0x05, 1, 2]),
  "a length that does not end": Buffer.from([...KEY, ...Array(200).fill(0xff)]),
  "a length that ends as no number": Buffer.from([...KEY, ...Array(200).fill(0x80), 0]),
  "an empty frame": batchOf(""),
  "a batch": batchOf(batchOf(say("hidden"))),
};

export async function batches(check, page) {
  const server = await FakeServer.start();
  const connected = () => RecordingClient.connect(page, server.url);
  const names = async (client, count) => (await client.heard("events", count)).map(({ deviceName }) => deviceName);

  await check("the frames of a batch are heard in their order, among those that come alone", async () => {
    const client = await connected();
    const sent = ["one", "two", "x".repeat(200), "y".repeat(20_000), "five", "six"];
    const frames = sent.map(say);
    server.send(frames[0]);
    server.send(server.batch(...frames.slice(1, 5)), frames[5]);
    assert.deepEqual(await names(client, sent.length), sent);
    assert.deepEqual(await client.heard("warnings", 0), []);
    assert.equal((await client.run(({ client }) => client.stats())).received, sent.length);
    await client.close();
  });

  await check("a handler that closes the client hears nothing more of the batch", async () => {
    const client = await connected();
    await client.run(({ client }) => client.on("DeviceEvent", ({ deviceName }) => deviceName === "two" && client.close()));
    server.send(server.batch(...["one", "two", "three", "four"].map(say)));
    await client.reaches("closed");
    await until(() => server.closes.length === server.sockets.length, "the socket to close");
    assert.deepEqual(await names(client, 2), ["one", "two"]);
  });

  await check("a handler that closes the client hears no further event of the frame", async () => {
    const client = await connected();
    await client.run(({ client }) => client.on("DeviceEvent", ({ deviceName }) => deviceName === "two" && client.close()));
    server.send(eventFrame(deviceEvent("one"), deviceEvent("two"), deviceEvent("three")));
    await client.reaches("closed");
    assert.deepEqual(await names(client, 2), ["one", "two"]);
  });

  for (const [what, rest] of Object.entries(MALFORMED)) {
    await check(`${what} in a batch is a warning, and what is before and after it arrives`, async () => {
      const client = await connected();
      server.send(Buffer.concat([server.batch(say("before")), rest]), say("after"));
      assert.deepEqual(await names(client, 2), ["before", "after"]);
      assert.deepEqual((await client.heard("warnings", 1)).map(({ code }) => code), ["invalid_message"]);
      assert.equal(await client.run(({ client }) => client.state.name), "connected");
      await client.close();
    });
  }
  await server.stop();
}
