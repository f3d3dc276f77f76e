// A page that is frozen, and one whose machine sleeps: briefly, for longer than its queue at the gateway lasts, and for longer
// than its session.

import assert from "node:assert/strict";
import { BarePage } from "../support/bare_page.mjs";
import { until } from "../support/checks.mjs";
import { openPage } from "../support/chromium.mjs";
import { Deployment, range, topic } from "./deployment.mjs";

const LOGIN = "client1";
const OPTIONS = { retryBase: 20, retryCap: 200, heartbeat: 300 };
/** Several heartbeats, and the time to answer one, in milliseconds. */
const BRIEFLY = 2500;
/** More events than the gateway lets a connected client leave unacknowledged. */
const TOO_MANY = 12_000;

export async function sleeping(check, browser) {
  const deployment = await Deployment.start("session_retention_seconds = 6");
  const sleeper = await BarePage.open(deployment.url);
  const { page: other } = await openPage(browser, deployment.url);
  // Both are the same device, so that both hear the same.
  for (const page of [sleeper, other]) await deployment.startClients(page, [LOGIN], OPTIONS);
  const record = async (page) => (await page.evaluate(() => records()))[0];
  const heardBy = (page) => page.evaluate(() => heardBy(0));
  const publish = (count) => deployment.service.publish(topic(LOGIN), count);
  const published = () => deployment.service.published.get(topic(LOGIN));
  const hearsAll = (page) =>
    until(async () => {
      const { count, gaps } = await record(page);
      return count + gaps.reduce((sum, gap) => sum + gap.count, 0) >= published();
    }, "all to be heard or named");

  await check("a page that slept briefly hears all that came meanwhile, on the same connection", async () => {
    await sleeper.sleep();
    await publish(500);
    await hearsAll(other);
    await new Promise((resolve) => setTimeout(resolve, BRIEFLY));
    await sleeper.wake();
    await hearsAll(sleeper);
    assert.deepEqual(await heardBy(sleeper), range(1, 500));
    assert.equal((await record(sleeper)).stats.reconnects, 0);
  });

  await check("a page that was frozen hears all that came meanwhile, once and in order", async () => {
    await sleeper.evaluate(() => document.addEventListener("freeze", () => (globalThis.wasFrozen = true)));
    await sleeper.hide();
    await sleeper.freeze();
    await publish(500);
    await hearsAll(other);
    await sleeper.freeze(false);
    await sleeper.hide(false);
    await hearsAll(sleeper);
    assert.deepEqual(await heardBy(sleeper), range(1, 1000));
    const { resyncs, gaps } = await record(sleeper);
    assert.deepEqual([resyncs, gaps, await sleeper.evaluate(() => globalThis.wasFrozen)], [0, [], true]);
  });

  await check("a page that sleeps through more than is kept hears an exact gap, and others nothing of it", async () => {
    const before = await record(sleeper);
    await sleeper.sleep();
    await publish(TOO_MANY);
    await until(async () => (await deployment.sessions()).detached === 1, "the gateway to close the one that is too slow");
    await sleeper.wake();
    for (const page of [sleeper, other]) await hearsAll(page);
    const { gaps, stats, resyncs } = await record(sleeper);
    assert.deepEqual([stats.resumes - before.stats.resumes, resyncs, gaps.length], [1, 0, 1]);
    // The first position is that of the gateway's own message, which says that the client is there.
    const [{ first, last }] = gaps;
    const missed = new Set(range(first - 1, last - 1));
    assert.deepEqual(await heardBy(sleeper), range(1, published()).filter((number) => !missed.has(number)));
    assert.deepEqual([await heardBy(other), (await record(other)).stats.reconnects], [range(1, published()), 0]);
  });

  await check("a page that sleeps for longer than its session is kept says resync once, and goes on", async () => {
    await sleeper.sleep();
    await publish(TOO_MANY);
    const sessions = async () => Object.values(await deployment.sessions()).reduce((sum, count) => sum + count);
    await until(async () => (await sessions()) === 1, "the session to end", 30_000);
    await sleeper.wake();
    await until(async () => (await record(sleeper)).resyncs, "a resync");
    const before = published();
    await publish(100);
    await until(async () => (await heardBy(sleeper)).at(-1) === published(), "what is new to be heard");
    const { resyncs, gaps } = await record(sleeper);
    assert.deepEqual([resyncs, gaps.length], [1, 1], "nothing but the resync, and the gap of before");
    const heard = await heardBy(sleeper);
    assert.deepEqual(heard.slice(-100), range(before + 1, before + 100));
    assert(heard.every((number, index) => index === 0 || number > heard[index - 1]), "doubled or out of order");
  });
}
