// Text of a plain server while the script that reads it is still being loaded.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame } from "../../support/protobuf.mjs";
import { pageWithout } from "./loading.mjs";

/** Most messages that wait for the script. */
const LIMIT = 1024;

const binary = (name) => eventFrame(deviceEvent(name));
const asText = (deviceName) =>
  JSON.stringify({ message: { "@type": "/opentera.protobuf.TeraEvent", events: [{ "@type": "/opentera.protobuf.DeviceEvent", deviceName }] } });

export async function text(check, testPage) {
  await check("what comes while the script is loaded that reads text is heard afterwards, once and in its order", async () => {
    const { page, answer, server } = await begin(testPage, PLAIN_GREETING);
    server.send(asText("a"), binary("b"), asText("c"), binary("d"));
    await seen(page, 5);
    await answer((route) => route.continue());
    assert.deepEqual(await names(page, 5), [undefined, "a", "b", "c", "d"]);
    server.send(binary("e"), asText("f"));
    assert.deepEqual((await names(page, 7)).slice(5), ["e", "f"]);
    assert.deepEqual(await page.evaluate(async () => (await recording).heard.warnings), []);
    await page.close();
  });

  await check("what a server said before it closed is heard, though the script came later, and then that it closed", async () => {
    const { page, answer, server } = await begin(testPage, binary("a"));
    await connected(page);
    server.send(asText("b"), binary("c"));
    server.sockets[0].close(1001, "bye");
    await until(() => server.closes.length, "the socket to close");
    await answer((route) => route.continue());
    assert.deepEqual(await names(page, 4), ["a", "b", "c", "a"]);
    const states = await page.evaluate(async () => (await recording).heard.states.map(({ name }) => name));
    assert.deepEqual(states, ["disconnected", "connecting", "connected"]);
    await page.close();
  });

  await check("more than waits for the script ends the attempt, and the socket is closed", async () => {
    const { page, answer, server } = await begin(testPage, undefined, "outcome(connect(url))");
    server.send(...Array(LIMIT + 1).fill(asText("a")));
    await until(() => server.closes.length, "the socket to close");
    const { code, message } = await page.evaluate(() => recording);
    assert.deepEqual([code, message.includes("while a part of the SDK was loaded")], ["connect_failed", true], message);
    await answer((route) => route.continue());
    await page.close();
  });

  await check("a script that can't be loaded fails `connect`, and another attempt loads it again", async () => {
    const { page, answer, server } = await begin(testPage, PLAIN_GREETING, "outcome(connect(url))");
    await refuse(page, answer);
    const { code, message } = await page.evaluate(() => recording);
    assert.deepEqual([code, message.includes("Serve `text.js`")], ["connect_failed", true], message);
    await until(() => server.closes.length, "the socket to close");
    await page.unroute("**/text.js");
    assert.equal(await page.evaluate(async (url) => (await connect(url)).state.name, server.url), "connected");
    await page.close();
  });

  await check("a script that can't be loaded for a later text loses the connection, and the next one loads it again", async () => {
    const { page, answer, server } = await begin(testPage, binary("a"));
    await connected(page);
    server.send(asText("lost"));
    await refuse(page, answer);
    await until(() => page.evaluate(async () => (await recording).heard.states.length), "the connection to be lost");
    await page.unroute("**/text.js");
    await names(page, 2);
    server.send(asText("b"));
    assert.deepEqual(await names(page, 3), ["a", "a", "b"]);
    assert.equal(await page.evaluate(async () => (await recording).heard.states[0].code), "disconnected");
    await page.close();
  });

  await check("a client that is closed while the script is loaded hears nothing more, and its socket is closed", async () => {
    const { page, answer, server } = await begin(testPage, binary("a"));
    await connected(page);
    server.send(asText("b"), binary("c"));
    await seen(page, 3);
    await page.evaluate(async () => (await recording).client.close());
    await until(() => server.closes.length, "the socket to close");
    await answer((route) => route.continue());
    const heard = await page.evaluate(async () => {
      await import("/package/dist/text.js");
      await new Promise((resolve) => setTimeout(resolve));
      return (await recording).heard.events.map(({ deviceName }) => deviceName);
    });
    assert.deepEqual(heard, ["a"]);
    await page.close();
  });
}

/** A page that has begun to connect to a server with this greeting, and can't load what reads text until `answer` says so. */
async function begin(testPage, greeting, how = "record(url, { retryBase: 1, retryCap: 20 })") {
  const { page, answer } = await pageWithout(testPage, "text.js");
  const server = await FakeServer.start(greeting ?? null);
  await page.evaluate(`url = ${JSON.stringify(server.url)}; recording = ${how}; undefined`);
  await until(() => server.sockets.length, "the socket to open");
  return { page, answer, server };
}

/** The script can't be loaded, now and later. */
const refuse = (page, answer) =>
  answer(async (route) => {
    await page.route("**/text.js", (later) => later.abort());
    await route.abort();
  });

const seen = (page, count) => until(() => page.evaluate((count) => messagesSeen >= count, count), `${count} messages to be in the page`);

const connected = (page) => page.evaluate(async () => void (await recording));

/** The devices of the events, once there are so many. */
async function names(page, count) {
  const heard = () => page.evaluate(async () => (await recording).heard.events.map(({ deviceName }) => deviceName));
  return until(async () => {
    const list = await heard();
    return list.length >= count && list;
  }, `${count} events`);
}
