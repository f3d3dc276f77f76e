// The browser loses its network, and has it back: sockets stay open meanwhile, and hear nothing.

import assert from "node:assert/strict";
import { until } from "../support/checks.mjs";
import { openPage } from "../support/chromium.mjs";
import { Deployment, range, topic } from "./deployment.mjs";

const LOGIN = "client1";
const OPTIONS = { retryBase: 20, retryCap: 200, heartbeat: 300 };
const CYCLES = 6;
/** Events of each part of a cycle. */
const EVENTS = 50;

export async function offline(check, browser) {
  const deployment = await Deployment.start();
  const { page } = await openPage(browser, deployment.url);
  await deployment.startClients(page, [LOGIN], OPTIONS);
  const record = async () => (await page.evaluate(() => records()))[0];
  const publish = () => deployment.service.publish(topic(LOGIN), EVENTS);

  await check("a page whose network goes and comes back, noticed or not, hears all once and in order, by one socket", async () => {
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const { state, losses } = await record();
      assert.equal(state, "connected");
      await page.context().setOffline(true);
      await publish();
      // In every other cycle it is back before the client has noticed.
      if (cycle % 2) await until(async () => (await record()).losses.length > losses.length, "the loss to be noticed");
      await publish();
      await page.context().setOffline(false);
      await publish();
      await until(async () => (await record()).count === cycle * 3 * EVENTS, "all to be heard");
      await until(async () => (await deployment.sessions()).connected === 1, "the session to be taken up");
      assert.deepEqual(await deployment.sessions(), { connected: 1, detached: 0 });
    }
    assert.deepEqual(await page.evaluate(() => heardBy(0)), range(1, CYCLES * 3 * EVENTS));
    const { resyncs, gaps, stats } = await record();
    assert.deepEqual([resyncs, gaps, stats.resumes], [0, [], stats.reconnects]);
    assert(stats.reconnects >= CYCLES / 2, "the network was never away");
  });
  await page.close();
}
