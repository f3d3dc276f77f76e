// The end-to-end test: Chromium with the packed SDK, the gateway, a real Redis and a service of the official Python package.

import assert from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { runChecks, until } from "../support/checks.mjs";
import { launch, openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { start } from "../support/processes.mjs";
import { RecordingClient, loadSdk } from "../support/sdk_page.mjs";
import { startGateway, startRedis } from "../support/servers.mjs";
import { EVENTS, NESTED, SERVICE, USER } from "./expected.mjs";
import { patterns } from "./patterns.mjs";

const ADDRESS = `websocket.user.${USER}`;
const TOPIC = `${ADDRESS}.events`;
const local = (name) => fileURLToPath(new URL(name, import.meta.url));

await runChecks(async (check) => {
  const redis = await startRedis();
  await start(required("TERA_PYTHON"), [local("service.py"), String(redis.port)], { ready: /^service ready$/ });
  const config = ["--config", local("gateway.toml"), "--redis", redis.url, "--www", required("TERA_SITE")];
  const gateway = await startGateway(...config);
  const browser = await launch();
  const { page } = await openPage(browser, gateway.url);
  await loadSdk(page, "/node_modules/tera-client");
  await logins(check, gateway.url);
  const client = await RecordingClient.connect(page, await logIn(gateway.url));
  await events(check, page, client);
  await requests(check, page, client);
  await calls(check, client);
  await patterns(check, browser, "Redis", ["--redis", redis.url], true);
  await patterns(check, browser, "embedded", [], false);
});

async function logins(check, url) {
  await check("a login's key works once: the second use is 403", async () => {
    const ticket = await logIn(url);
    const first = new WebSocket(ticket);
    await once(first, "open");
    assert.equal(await refusal(ticket), 403);
    first.close();
  });

  await check("a wrong key is 403, a wrong password 401", async () => {
    assert.equal(await refusal((await logIn(url)).replace(/id=.*/, "id=wrong")), 403);
    assert.equal((await postLogin(url, "wrong")).status, 401);
  });
}

async function events(check, page, client) {
  await check("the demo page is connected, with its own address", async () => {
    await page.getByText("Connected", { exact: true }).waitFor();
    assert.equal(await page.textContent("#state-detail code"), ADDRESS);
  });

  await check("events that Python publishes arrive typed with all fields equal", async () => {
    const published = Date.now() / 1000;
    const receivers = await client.run(({ client }, topic) => client.call("service.EndToEndService", "publish_events", [topic]), TOPIC);
    assert(receivers.every((count) => count > 0), `receivers: ${receivers}`);
    const types = new Set(EVENTS.map(({ $type }) => $type));
    const fromPython = async () => {
      const heard = await client.heard("events", EVENTS.length);
      const wanted = heard.filter(({ $type, $header }) => $header.topic === TOPIC && types.has($type));
      return wanted.at(-1)?.$type === EVENTS.at(-1).$type && wanted.slice(-EVENTS.length);
    };
    const received = await until(fromPython, "Python's events");
    assert.equal(received.length, EVENTS.length);
    for (const [index, { $header, ...event }] of received.entries()) {
      assert.deepEqual(event, EVENTS[index]);
      assert.equal($header.version, 1);
      assert(Math.abs($header.time - published) < 60, `time ${$header.time}`);
    }
    assert.deepEqual(await client.heard("warnings", 0), []);
  });

  await check("the page shows them, and its raw message holds every field", async () => {
    const label = page.locator("#stream .label").filter({ hasText: "JoinSessionEvent" });
    await label.first().click();
    const { $header, ...event } = JSON.parse(await page.locator("#stream details[open] pre").textContent());
    assert.deepEqual(event, EVENTS[2]);
    assert.equal($header.topic, TOPIC);
    assert.equal(await page.textContent("#devices h3"), EVENTS[0].deviceName);
    assert.equal(await page.textContent("#devices .value"), "88 %");
    await page.locator("#people .person").filter({ hasText: "日本 user" }).filter({ hasText: "in session" }).waitFor();
  });
}

async function requests(check, page, client) {
  await check("a reply to the invitation reaches Python with its source, and Python's answer correlates", async () => {
    const { head, data } = await client.run(({ client }, [dest, userUuid]) => {
      const reply = { $type: "JoinSessionReplyEvent", sessionUuid: "s-1", userUuid, joinReply: "REPLY_DENIED", replyMsg: "é😀" };
      return client.request(dest, reply);
    }, [SERVICE, USER]);
    assert.equal(head.source, `${SERVICE}.messages`);
    assert.equal(head.dest, ADDRESS);
    const [{ $type, type, code, message }] = data;
    assert.deepEqual([$type, type, code], ["Result", "RESULT_OK", -(2n ** 63n)]);
    assert.equal(message, `${ADDRESS} s-1 ${USER} 2 é😀`);
  });

  await check("the page's Decline button does so too, and the page shows Python's Result", async () => {
    await page.getByRole("button", { name: "Decline" }).click();
    const result = page.locator("#invitation-result");
    await result.filter({ hasText: /^Declined · RESULT_OK · [\d.]+ ms/ }).waitFor();
    const told = `${ADDRESS} ${EVENTS[2].sessionUuid} ${USER} 2`;
    assert((await result.textContent()).includes(told), await result.textContent());
  });
}

async function calls(check, client) {
  const call = (method, args, options) =>
    client.run(({ client }, [method, args, options]) => outcome(client.call("service.EndToEndService", method, args, options)), [method, args, options]);

  await check("a call brings every type of argument to Python intact", async () => {
    const { value } = await client.run(({ client }) => {
      const bytes = Uint8Array.from([0, 1, 127, 128, 255]);
      const args = [true, false, 1.5, -0.1, 42, -7n, 2n ** 62n, -(2n ** 63n), 2n ** 64n - 1n, { doubleValue: 3 }, "é😀\u0000", "", bytes];
      return outcome(client.call("service.EndToEndService", "describe", args));
    });
    assert.deepEqual(value, [
      ["bool", "True"], ["bool", "False"], ["float", "1.5"], ["float", "-0.1"], ["int", "42"], ["int", "-7"],
      ["int", String(2n ** 62n)], ["int", String(-(2n ** 63n))], ["int", String(2n ** 64n - 1n)], ["float", "3.0"],
      ["str", "é😀\u0000"], ["str", ""], ["bytes", "AAF/gP8="],
    ]);
  });

  await check("Python's JSON comes back whole: nested, Unicode, null", async () => {
    assert.deepEqual((await call("nested")).value, NESTED);
  });

  await check("50 calls at once each get their own answer", async () => {
    const answers = await client.run(({ client }) =>
      Promise.all(Array.from({ length: 50 }, (_, index) => client.call("service.EndToEndService", "describe", [index]))),
    );
    assert.deepEqual(answers, answers.map((_, index) => [["int", String(index)]]));
  });

  await check("a method that raises is remote_error", async () => {
    assert.equal((await call("fail")).code, "remote_error");
    assert.equal((await call("nested", [1])).code, "remote_error");
  });

  await check("an unknown method is a timeout, since Python then says nothing", async () => {
    assert.equal((await call("no_such_method", [], { timeout: 300 })).code, "timeout");
  });

  await check("a service that isn't there is unreachable", async () => {
    const code = await client.run(async ({ client }) => (await outcome(client.call("service.Nobody", "m"))).code);
    assert.equal(code, "unreachable");
  });

  await check("a module that the configuration doesn't grant is forbidden", async () => {
    const code = await client.run(async ({ client }) => (await outcome(client.call("module.TeraServer.Secret", "m"))).code);
    assert.equal(code, "forbidden");
  });
}

function postLogin(url, password) {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/api/login`, { method: "POST", headers, body: JSON.stringify({ name: "demo", password }) });
}

async function logIn(url) {
  const response = await postLogin(url, "demo");
  const body = await response.json();
  assert.deepEqual([response.status, body.kind, body.uuid], [200, "user", USER]);
  return body.websocket_url;
}

/** The HTTP status with which a websocket is refused. */
async function refusal(url) {
  const socket = new WebSocket(url);
  socket.on("error", () => {});
  socket.on("open", () => socket.emit("unexpected-response", undefined, { statusCode: 101 }));
  const [, response] = await once(socket, "unexpected-response");
  socket.terminate();
  return response.statusCode;
}
