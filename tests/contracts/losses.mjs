// What becomes of streams when something on their way is lost.

import assert from "node:assert/strict";
import { mock } from "node:test";
import { until } from "../support/checks.mjs";
import { codeOf, logIn } from "./calls.mjs";

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

  await check("a stream whose service is gone fails as unreachable", async () => {
    const stream = trial.countForever({});
    await stream.next();
    // As if the process had died in the middle: it says nothing more.
    await service.stop();
    const rest = codeOf(sdk, exhaust(stream));
    for (let looks = 0; looks < 5; looks++) {
      await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(7_000);
    }
    assert.equal(await rest, "unreachable");
    assert.equal(await codeOf(sdk, trial.echo({ text: "" })), "unreachable");
  });

  client.close();
  mock.timers.reset();
}
