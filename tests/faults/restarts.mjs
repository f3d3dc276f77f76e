// The gateway is replaced under a page: with a goodbye, or killed while requests are under way.

import assert from "node:assert/strict";
import { until } from "../support/checks.mjs";
import { openPage } from "../support/chromium.mjs";
import { Deployment, range, topic } from "./deployment.mjs";

const LOGINS = ["client1", "client2", "client3"];
const OPTIONS = { retryBase: 20, retryCap: 200 };
/** Events before and after the restart. */
const EVENTS = 50;
/** Calls of each client that are under way when the gateway is killed, and that are made while there is none. */
const UNDER_WAY = 5;
const LATER = 3;

export async function restarts(check, browser) {
  for (const [name, end] of [
    ["a gateway that says goodbye", (gateway) => gateway.stop()],
    ["a gateway that is killed", (gateway) => gateway.kill()],
  ]) {
    await check(`${name} costs no client more than a resync: the next one counts from 1, and nothing comes twice`, async () => {
      const { deployment, page, records } = await start(browser);
      await publish(deployment, EVENTS);
      await until(async () => (await records()).every(({ count }) => count === EVENTS), "all to hear the first events");
      await end(await deployment.replace());
      await until(async () => (await records()).every(({ resyncs, state }) => resyncs && state === "connected"), "all to be back");
      await publish(deployment, EVENTS);
      await until(async () => (await records()).every(({ count }) => count >= 2 * EVENTS), "all to hear the next events");
      for (const [index, record] of (await records()).entries()) {
        const { resyncs, gaps, errors, stats } = record;
        assert.deepEqual([resyncs, gaps, errors, stats.reconnects, stats.resumes, stats.duplicates], [1, [], {}, 1, 0, 0]);
        assert.deepEqual(await page.evaluate((index) => heardBy(index), index), range(1, 2 * EVENTS));
      }
      await page.close();
    });
  }

  await check("calls under way when the gateway is killed settle as uncertain, and no call is carried out twice", async () => {
    const { deployment, page, records } = await start(browser);
    const { service } = deployment;
    service.isSilent = true;
    await page.evaluate((count) => callAll(count), UNDER_WAY);
    await until(() => service.executions.size === LOGINS.length * UNDER_WAY, "all calls to arrive");
    await deployment.gateway.kill();
    await until(async () => (await records()).every(({ losses }) => losses.length), "all to notice");
    service.isSilent = false;
    await page.evaluate((count) => callAll(count), LATER);
    await deployment.replace();
    const settled = async () => (await records()).every(({ settled }) => settled === UNDER_WAY + LATER);
    await until(settled, "all calls to settle");
    for (const { errors, wrong } of await records()) assert.deepEqual([errors, wrong], [{ uncertain: UNDER_WAY }, []]);
    const executions = [...service.executions.values()];
    assert.deepEqual(executions, Array(LOGINS.length * (UNDER_WAY + LATER)).fill(1));
    await page.close();
  });
}

async function start(browser) {
  const deployment = await Deployment.start("goodbye_ms = [50, 500]");
  const { page } = await openPage(browser, deployment.url);
  await deployment.startClients(page, LOGINS, OPTIONS);
  return { deployment, page, records: () => page.evaluate(() => records()) };
}

async function publish({ service }, count) {
  for (const login of LOGINS) await service.publish(topic(login), count);
}
