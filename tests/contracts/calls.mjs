// Calls of a generated client, through the gateway, to a generated server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { until } from "../support/checks.mjs";
import { required } from "../support/environment.mjs";

/** Runs the checks against a gateway; `place` says where its service is. */
export async function calls(check, sdk, place, url) {
  const named = (sentence, run) => check(`${place}: ${sentence}`, run);
  const client = await sdk.connect(() => logIn(url, "demo"));
  const warnings = [];
  client.on("warning", (warning) => warnings.push(warning.message));
  const trial = new sdk.TrialClient(client);
  await unary(named, sdk, client, trial, url);
  await streams(named, sdk, client, trial, url);
  await named("none of it gave a warning", () => assert.deepEqual(warnings, []));
  client.close();
}

async function unary(check, sdk, client, trial, url) {
  await check("a method answers, in the type of its response", async () => {
    const { $header, ...text } = await trial.echo({ text: "é😀" });
    assert.deepEqual(text, { $type: "trial.v1.Text", text: "é😀" });
    assert.equal((await trial.event({})).userFullname, "Somebody");
    assert.equal((await trial.fail({ text: "" }).catch((error) => error)).code, "remote_error");
  });

  await check("many calls at once each get their own answer", async () => {
    const texts = Array.from({ length: 50 }, (_, index) => String(index));
    const answers = await Promise.all(texts.map((text) => trial.echo({ text })));
    assert.deepEqual(answers.map(({ text }) => text), texts);
  });

  await check("the service knows who calls, from the gateway", async () => {
    assert.equal((await trial.whoami({})).text, "websocket.user.c0c00000-0000-4000-8000-000000000001");
  });

  await check("a failure is a remote_error that holds the service's code, description and help", async () => {
    const error = await trial.fail({ text: "not today" }).catch((error) => error);
    assert(error instanceof sdk.TeraError);
    assert.deepEqual([error.code, error.message, error.help], ["remote_error", "not today. Come back tomorrow.", "Come back tomorrow."]);
    const { code, description, help } = sdk.failureOf(error);
    assert.deepEqual([code, description, help], ["no_luck", "not today", "Come back tomorrow."]);
    assert.equal(sdk.failureOf(new Error("other")), undefined);
  });

  await check("a method that panics is a failure, and the service goes on", async () => {
    assert.equal(await codeOf(sdk, trial.panic({})), "internal");
    assert.equal((await trial.echo({ text: "still there" })).text, "still there");
  });

  await check("an unknown method and a request of another type are refused by the service", async () => {
    const { $type } = await trial.echo({ text: "" });
    const other = new sdk.Service(client, "Trial", readFileSync(required("TERA_DESCRIPTOR_SET")).toString("base64"));
    assert.equal(await codeOf(sdk, other.call(["trial.v1.Trial/Sing", $type, $type], {})), "unknown_method");
    assert.equal(await codeOf(sdk, other.call(["trial.v1.Trial/Echo", "trial.v1.Number", $type], { number: 1 })), "invalid_request");
    assert.equal(await codeOf(sdk, other.call(["trial.v1.Trial/Echo", "UserEvent", $type], {})), "invalid_request");
    assert.equal(await codeOf(sdk, other.call(["trial.v1.Trial/Whoami", "google.protobuf.Empty", "trial.v1.Number"], {})), "invalid_message");
  });

  await check("what the SDK itself refuses never gets there", async () => {
    assert.equal(await codeOf(sdk, trial.echo({ text: 1 })), "invalid_argument");
    assert.equal(await codeOf(sdk, trial.count({ last: "x" }).next()), "invalid_argument");
  });

  await check("a service that is not there is unreachable, one that may not be asked forbidden", async () => {
    assert.equal(await codeOf(sdk, new sdk.TrialClient(client, "Nobody").echo({ text: "" })), "unreachable");
    assert.equal(await codeOf(sdk, new sdk.TrialClient(client, "Nobody").count({ last: 1 }).next()), "unreachable");
    const device = await sdk.connect(() => logIn(url, "device"));
    assert.equal(await codeOf(sdk, new sdk.TrialClient(device).echo({ text: "" })), "forbidden");
    device.close();
  });

  await check("a timeout and a signal end the wait", async () => {
    assert.equal(await codeOf(sdk, trial.wait({}, { timeout: 50 })), "timeout");
    const abort = new AbortController();
    const waiting = codeOf(sdk, trial.wait({}, { signal: abort.signal }));
    abort.abort();
    assert.equal(await waiting, "aborted");
  });
}

async function streams(check, sdk, client, trial, url) {
  const counters = async () => Number((await trial.counters({})).number);
  const take = async (stream) => {
    const numbers = [];
    for await (const { number } of stream) numbers.push(Number(number));
    return numbers;
  };

  await check("a stream gives every item in order, more than there is room for at once, and ends", async () => {
    for (const last of [0, 1, 1000]) {
      assert.deepEqual(await take(trial.count({ last })), Array.from({ length: last }, (_, index) => index + 1));
    }
  });

  await check("a stream ends exactly once", async () => {
    const stream = trial.count({ last: 1 });
    const results = await Promise.all([stream.next(), stream.next(), stream.next()]);
    assert.deepEqual(results.map(({ done }) => done), [false, true, true]);
    assert.equal((await stream.next()).done, true);
  });

  await check("a stream that fails gives its items first", async () => {
    const stream = trial.count({ last: 2, failure: "enough" });
    assert.deepEqual([(await stream.next()).value.number, (await stream.next()).value.number], [1n, 2n]);
    assert.equal(await codeOf(sdk, stream.next()), "enough");
    assert.equal((await stream.next()).done, true);
  });

  await check("leaving the loop stops the method", async () => {
    for await (const { number } of trial.countForever({})) {
      assert(number > 0n);
      assert.equal(await counters(), 1);
      if (number === 300n) break;
    }
    await until(async () => (await counters()) === 0, "the method's end");
  });

  await check("a signal ends a stream that waits, and stops the method", async () => {
    const abort = new AbortController();
    const stream = trial.countForever({}, { signal: abort.signal });
    await stream.next();
    abort.abort();
    const rest = take(stream);
    assert.equal(await codeOf(sdk, rest), "aborted");
    await until(async () => (await counters()) === 0, "the method's end");
  });

  await check("a client that is closed leaves no stream behind", async () => {
    const other = await sdk.connect(() => logIn(url, "demo"));
    const stream = new sdk.TrialClient(other).countForever({});
    await stream.next();
    other.close();
    assert.equal(await codeOf(sdk, take(stream)), "closed");
    await until(async () => (await counters()) === 0, "the method's end");
  });

  await check("several streams at once don't mix", async () => {
    const lasts = [100, 200, 300];
    const all = await Promise.all(lasts.map((last) => take(trial.count({ last }))));
    assert.deepEqual(all.map((numbers) => numbers.length), lasts);
    assert(all.every((numbers) => numbers.every((number, index) => number === index + 1)));
  });

  await check("a stream can't be listened to by a wildcard", async () => {
    for (const pattern of ["tera-stream.*", "tera-stream.**"]) {
      assert.equal(await codeOf(sdk, client.subscribe(pattern, () => {})), "invalid_argument");
    }
    assert.equal(await codeOf(sdk, client.subscribe("**", () => {})), "forbidden");
    const publish = client.publish(`tera-stream.${"0".repeat(32)}`, { $type: "UserEvent" });
    assert.equal(await codeOf(sdk, publish), "forbidden");
  });
}

/** The service's code, if it said one, else the SDK's; undefined if it succeeded. */
export async function codeOf(sdk, promise) {
  try {
    await promise;
  } catch (error) {
    return sdk.failureOf(error)?.code ?? error.code ?? String(error);
  }
}

export async function logIn(url, name) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/login`, { method: "POST", headers, body: JSON.stringify({ name, password: "demo" }) });
  assert.equal(response.status, 200);
  return (await response.json()).websocket_url;
}
