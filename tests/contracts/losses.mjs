// What becomes of streams when something on their way is lost.

import assert from "node:assert/strict";
import { mock } from "node:test";
import { until } from "../support/checks.mjs";
import { codeOf, logIn } from "./calls.mjs";

/** So many items a service sends before it is told of more room. */
const ROOM = 128n;

/** Ends the gateway and then the service that streams come from. */
export async function losses(check, sdk, { gateway, launchGateway, service }) {
  let { url } = gateway;
  // The streams look at their watches when the test says so.
  mock.timers.enable({ apis: ["setInterval"] });
  const client = await sdk.connect(() => logIn(url, "demo"), { retryBase: 10 });
  const trial = new sdk.TrialClient(client);
  const exhaust = async (stream) => {
    for await (const _ of stream);
  };

  await check("a stream whose session is lost fails as uncertain, and its method stops", async () => {
    const stream = trial.countForever({});
    await stream.next();
    const rest = codeOf(sdk, exhaust(stream));
    await gateway.stop();
    ({ url } = await launchGateway());
    assert.equal(await rest, "uncertain");
    await until(async () => (await trial.counters({})).number === 0n, "the method's end");
  });

  await check("a service that was not told of room is told again", async () => {
    const stream = trial.countForever({});
    let refused = 0;
    client.send = () => {
      refused += 1;
      throw new Error("the queue is full");
    };
    let { number } = (await stream.next()).value;
    while (number < ROOM) ({ number } = (await stream.next()).value);
    const next = stream.next();
    await until(() => refused === 2, "room to be told of in vain");
    delete client.send;
    mock.timers.tick(7_000);
    assert.equal((await next).value.number, ROOM + 1n);
    await stream.return();
  });

  await check("a stream whose service is gone gives what came, and fails as unreachable", async () => {
    let items = 0n;
    const { subscribe } = client;
    client.subscribe = (topic, handler) =>
      subscribe.call(client, topic, (event) => {
        if (event.$type === "tera.contract.v1.Item") items += 1n;
        handler(event);
      });
    const stream = trial.countForever({});
    await stream.next();
    delete client.subscribe;
    await until(() => items === ROOM, "the items that there is room for");
    // As if the process had died in the middle: it says nothing more.
    await service.stop();
    for (let looks = 0; looks < 5; looks++) {
      await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(7_000);
    }
    let last;
    const rest = codeOf(sdk, (async () => {
      for await (const { number } of stream) last = number;
    })());
    assert.equal(await rest, "unreachable");
    assert.equal(last, ROOM);
    assert.equal(await codeOf(sdk, trial.echo({ text: "" })), "unreachable");
  });

  client.close();
  mock.timers.reset();
}
