// Frames that a real OpenTera server sent, as text.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { RecordingClient } from "../../support/sdk_page.mjs";

const CAPTURES = new URL("../../fixtures/opentera-frames.jsonl", import.meta.url);

export async function captured(check, page) {
  const payloads = readFileSync(CAPTURES, "utf8").trim().split("\n").map((line) => JSON.parse(line).payload);

  await check("every captured frame arrives as typed events with all fields equal", async () => {
    const frames = payloads.filter((payload) => payload.startsWith("{"));
    assert(frames.length > 10, "the fixture holds frames");
    const server = await FakeServer.start(PLAIN_GREETING);
    const client = await RecordingClient.connect(page, server.url);
    server.send(...frames);
    const expected = frames.flatMap(typedEvents);
    const [, ...events] = await client.heard("events", 1 + expected.length);
    assert.deepEqual(events, expected);
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("`Not allowed to send message` is a warning `unsupported`, and events go on", async () => {
    const refusal = payloads.find((payload) => payload.startsWith("Not allowed"));
    const server = await FakeServer.start(PLAIN_GREETING);
    const client = await RecordingClient.connect(page, server.url);
    server.send(refusal, PLAIN_GREETING);
    await client.heard("events", 2);
    const warnings = await client.heard("warnings", 1);
    assert.deepEqual(warnings.map(({ code }) => code), ["unsupported"]);
    assert(warnings[0].help.includes("gateway"), "the warning says what to do");
    await client.close();
  });

  await check("a plain OpenTera server takes no requests, calls or messages: `unsupported`", async () => {
    const server = await FakeServer.start(PLAIN_GREETING);
    const client = await RecordingClient.connect(page, server.url);
    const codes = await client.run(async ({ client }) => {
      const refused = [
        client.request("service.x", { $type: "StopSessionEvent" }),
        client.call("service.x", "add", [1, 2]),
        (async () => client.send("service.x", { $type: "StopSessionEvent" }))(),
      ];
      return Promise.all(refused.map(async (promise) => (await outcome(promise)).code));
    });
    assert.deepEqual(codes, ["unsupported", "unsupported", "unsupported"]);
    assert.equal(await client.run(({ client }) => client.state.mode), "plain");
    assert.equal(await client.run(({ client }) => client.stats().sent), 0);
    await client.close();
  });
}

/** What the SDK makes of a frame, read from its JSON. */
function typedEvents(payload) {
  const { header, events } = JSON.parse(payload).message;
  return events.map(({ "@type": url, ...fields }) => ({ $type: url.split(".").at(-1), ...fields, $header: header }));
}
