// Connecting while the WebAssembly module is still being loaded.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame } from "../../support/protobuf.mjs";
import { loadSdk } from "../../support/sdk_page.mjs";

/** Most messages that wait for the module. */
const LIMIT = 1024;

export async function loading(check, testPage) {
  /** A page that has a socket to a plain server, and no module yet. */
  const connecting = async () => {
    const { page, answer } = await pageWithout(testPage, "tera_client.wasm");
    const server = await FakeServer.start(PLAIN_GREETING);
    await page.evaluate((url) => void (globalThis.recording = record(url)), server.url);
    await until(() => server.sockets.length, "the socket to open before the module is there");
    return { page, answer, server };
  };

  await check("what a server says before the module is there is heard afterwards, in its order", async () => {
    const { page, answer, server } = await connecting();
    const names = ["a", "b", "c"];
    for (const name of names) server.send(eventFrame(deviceEvent(name)));
    await until(() => page.evaluate((count) => messagesSeen === count, names.length + 1), "the messages to be in the page");
    await answer((route) => route.continue());
    const heard = await page.evaluate(async (count) => {
      const { client, heard } = await recording;
      while (heard.events.length < count) await new Promise((resolve) => setTimeout(resolve));
      return [client.state.mode, ...heard.events.map(({ deviceName }) => deviceName)];
    }, names.length + 1);
    assert.deepEqual(heard, ["plain", undefined, ...names]);
    await page.close();
  });

  await check("what a server says before it logs the client out is heard, and then that it did, though all came before the module", async () => {
    const { page, answer, server } = await connecting();
    server.send(eventFrame(deviceEvent("a")));
    server.sockets[0].close(4000);
    await until(() => server.closes.length, "the socket to close");
    await answer((route) => route.continue());
    const heard = await page.evaluate(async () => {
      const { heard } = await recording;
      const order = [];
      for (const kind of ["events", "states"]) heard[kind].push = (item) => order.push(item.deviceName ?? item.name ?? item.$type);
      while (!order.includes("closed")) await new Promise((resolve) => setTimeout(resolve));
      return order;
    });
    assert.deepEqual(heard, ["UserEvent", "a", "closed"]);
    await page.close();
  });

  await check("a handler that closes the client hears nothing more of what came before the module", async () => {
    const { page, answer, server } = await connecting();
    for (const name of ["a", "b"]) server.send(eventFrame(deviceEvent(name)));
    await until(() => page.evaluate(() => messagesSeen === 3), "the messages to be in the page");
    await answer((route) => route.continue());
    const heard = await page.evaluate(async () => {
      const { client, heard } = await recording;
      client.on("DeviceEvent", () => client.close());
      while (!heard.states.length) await new Promise((resolve) => setTimeout(resolve));
      await new Promise((resolve) => setTimeout(resolve));
      return [...heard.events.map(({ $type, deviceName }) => deviceName ?? $type), ...heard.states.map(({ name }) => name)];
    });
    assert.deepEqual(heard, ["UserEvent", "a", "closed"]);
    await page.close();
  });

  await check("a gateway is answered before the module is there, once, as the module answers it", async () => {
    const { page, answer } = await pageWithout(testPage, "tera_client.wasm");
    const server = await FakeServer.start();
    await page.evaluate((url) => void (globalThis.recording = record(url)), server.url);
    await until(() => server.hellos.length, "the Hello of a page without the module");
    server.send(server.batch(eventFrame(deviceEvent("a")), eventFrame(deviceEvent("b"))));
    await answer((route) => route.continue());
    await page.evaluate(async () => {
      const { client, heard } = await recording;
      while (heard.events.length < 2) await new Promise((resolve) => setTimeout(resolve));
      globalThis.called = client.call("service.Example", "now");
    });
    assert.equal((await server.received()).type, "Request");
    server.replyJson(1, '"so late"');
    assert.equal(await page.evaluate(() => called), "so late");
    assert.equal(server.hellos.length, 1);
    await page.evaluate((url) => connect(url), server.url);
    assert.deepEqual(server.hellos[1].frame, server.hellos[0].frame);
    await page.close();
  });

  await check("more than waits for the module ends the attempt, and the socket is closed", async () => {
    const { page, answer } = await pageWithout(testPage, "tera_client.wasm");
    const server = await FakeServer.start();
    await page.evaluate((url) => void (globalThis.ended = outcome(connect(url))), server.url);
    await until(() => server.sockets.length, "the socket to open");
    server.send(...Array(LIMIT).fill(eventFrame()));
    await until(() => server.closes.length, "the socket to close");
    await answer((route) => route.continue());
    const { code, message } = await page.evaluate(() => ended);
    assert.deepEqual([code, message.includes("while a part of the SDK was loaded")], ["connect_failed", true], message);
    await page.close();
  });

  await check("a module that can't be loaded closes the socket, and another attempt loads it again", async () => {
    const { page, answer } = await pageWithout(testPage, "tera_client.wasm");
    const server = await FakeServer.start();
    await page.evaluate((url) => void (globalThis.ended = outcome(connect(url))), server.url);
    await until(() => server.sockets.length, "the socket to open");
    await answer((route) => route.abort());
    assert.equal(await page.evaluate(async () => (await ended).code), "not_loaded");
    await until(() => server.closes.length, "the socket to close");
    await page.unroute("**/tera_client.wasm");
    assert.equal(await page.evaluate(async (url) => (await connect(url)).state.name, server.url), "connected");
    await page.close();
  });

  await check("a policy that forbids the websocket or WebAssembly fails the attempt at once, and the error names what to look at", async () => {
    const server = await FakeServer.start();
    for (const [policy, expected, told] of [
      ["connect-src 'self'", "connect_failed", "Check the URL"],
      ["script-src 'self'", "not_loaded", "Content Security Policy"],
    ]) {
      const page = await testPage.context().browser().newPage();
      await page.goto(testPage.url());
      await loadSdk(page, "/package");
      const failed = await page.evaluate(([policy, url]) => {
        const meta = document.createElement("meta");
        meta.httpEquiv = "Content-Security-Policy";
        meta.content = policy;
        document.head.append(meta);
        return outcome(connect(url, { connectTimeout: 3_600_000 }));
      }, [policy, server.url]);
      assert.equal(failed.code, expected, failed.message);
      assert(failed.message.includes(told), failed.message);
      await page.close();
    }
  });

  await check("what is used for the first time, and has to be loaded, happens in the order in which it was asked for", async () => {
    const { page, answer } = await pageWithout(testPage, "patterns.js");
    const server = await FakeServer.start();
    const items = Array.from({ length: 20 }, (_, number) => `item ${number}.`);
    await page.evaluate(async ([url, items]) => {
      globalThis.client = await connect(url);
      globalThis.ends = items.map((item) => outcome(client.produce("jobs", item)));
    }, [server.url, items]);
    await answer((route) => route.continue());
    for (const item of items) assert(String((await server.received()).fields[4][0]).includes(item), item);
    await page.close();
  });

  await check("what can't be loaded is loaded for the next who uses it", async () => {
    const { page, answer } = await pageWithout(testPage, "patterns.js");
    const server = await FakeServer.start();
    await page.evaluate(async (url) => {
      globalThis.client = await connect(url);
      globalThis.ended = outcome(client.produce("jobs", 1));
    }, server.url);
    await answer((route) => route.abort());
    assert.equal(await page.evaluate(async () => (await ended).code), "not_loaded");
    await page.unroute("**/patterns.js");
    await page.evaluate(() => void outcome(client.produce("jobs", 2)));
    assert.equal((await server.received()).type, "Request");
    await page.close();
  });

  await check("a signal that fires before the module is there ends the attempt, and the socket is closed", async () => {
    const { page, answer } = await pageWithout(testPage, "tera_client.wasm");
    const server = await FakeServer.start();
    await page.evaluate((url) => {
      globalThis.controller = new AbortController();
      globalThis.ended = outcome(connect(url, { signal: controller.signal }));
    }, server.url);
    await until(() => server.sockets.length, "the socket to open");
    await page.evaluate(() => controller.abort());
    assert.equal(await page.evaluate(async () => (await ended).code), "aborted");
    await until(() => server.closes.length, "the socket to close");
    await answer((route) => route.continue());
    await page.close();
  });
}

/** A page with the SDK, of which this file comes when `answer` says how. It counts the messages of its sockets. */
export async function pageWithout(testPage, file) {
  const page = await testPage.context().browser().newPage();
  let requested;
  const route = new Promise((resolve) => (requested = resolve));
  await page.route(`**/${file}`, requested);
  await page.addInitScript(countMessages);
  await page.goto(testPage.url());
  await loadSdk(page, "/package");
  return { page, answer: async (how) => how(await route) };
}

function countMessages() {
  globalThis.messagesSeen = 0;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url);
      this.addEventListener("message", () => messagesSeen++);
    }
  };
}
