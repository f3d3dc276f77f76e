// The link over real sockets: the SDK in Chromium, the gateway and Redis, with a proxy between that cuts, stalls and silences
// connections all the time. Nothing may be lost, doubled or reordered but what gaps name.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runChecks, until } from "../support/checks.mjs";
import { launch, openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { startGateway, startRedis } from "../support/servers.mjs";
import { startClients } from "./page.mjs";
import { FaultProxy } from "./proxy.mjs";
import { FaultService } from "./service.mjs";

const CLIENTS = 8;
const KILLS = 1000;
const EVENTS = 104_000;
const CALLS = 10_000;
/** All of it may take so long, in milliseconds. */
const TIMEOUT = 240_000;
const logins = Array.from({ length: CLIENTS }, (_, index) => `client${index + 1}`);
const topics = logins.map((_, index) => `websocket.device.fa000000-0000-4000-8000-00000000000${index + 1}.events`);

/** Numbers from 0 up to 1, the same in every run. */
function numbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Does something to a connection, so that it is lost sooner or later. */
function strike(proxy, random) {
  const pair = proxy.pick(random());
  if (!pair) return;
  const kind = random();
  if (kind < 0.5) pair.cutAfter(Math.floor(random() * 4000));
  else if (kind < 0.85) pair.cut();
  else if (kind < 0.92) pair.silence();
  else {
    pair.slow();
    setTimeout(() => pair.cut(), 200);
  }
}

/** What an observer finds wrong with the numbers heard on a topic, of which `published` were published from 1 on. */
function verdict(heard, gaps, published) {
  const found = { lost: 0, doubled: 0, disordered: 0, gapped: 0 };
  const missing = new Set();
  for (const { first, last } of gaps) for (let number = first; number <= last; number++) missing.add(number);
  let last = 0;
  const seen = new Set();
  for (const number of heard) {
    if (seen.has(number)) found.doubled += 1;
    else if (number < last) found.disordered += 1;
    seen.add(number);
    last = Math.max(last, number);
  }
  for (let number = 1; number <= published; number++) {
    if (missing.has(number)) found.gapped += 1;
    if (missing.has(number) === seen.has(number)) found.lost += 1;
  }
  return found;
}

await runChecks(async (check) => {
  const redis = await startRedis();
  const config = fileURLToPath(new URL("gateway.toml", import.meta.url));
  const gateway = await startGateway("--config", config, "--redis", redis.url, "--www", required("TERA_SITE"));
  const service = await FaultService.start(redis.url);
  const proxy = await FaultProxy.start(Number(new URL(gateway.url).port));
  const { page } = await openPage(await launch(), `http://127.0.0.1:${proxy.port}/node_modules/tera-client/package.json`);
  const options = { retryBase: 20, retryCap: 200, heartbeat: 300, connectTimeout: 2000, maxInFlight: 4096, maxQueued: 4096 };
  await page.evaluate(startClients, { folder: "/node_modules/tera-client", logins, options });

  await check(`${KILLS} lost connections cost none of ${EVENTS} events and ${CALLS} calls`, async () => {
    const started = Date.now();
    const random = numbers(1);
    const steps = 1000;
    for (let step = 0; step < steps || proxy.kills < KILLS; step++) {
      if (step < steps) await Promise.all(topics.map((topic) => service.publish(topic, EVENTS / CLIENTS / steps)));
      if (step < steps && step % 8 === 0) await page.evaluate((count) => callAll(count), CALLS / CLIENTS / (steps / 8));
      strike(proxy, random);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const calm = async () => {
      const records = await page.evaluate(() => records());
      const isDone = ({ state, count, gaps, calls, settled }, index) =>
        state === "connected" && settled === calls && count + gaps.reduce((sum, gap) => sum + (gap.count ?? 0), 0) >= service.published.get(topics[index]);
      return records.every(isDone) && records;
    };
    const records = await until(calm, "all to be delivered and settled", 30_000).catch(() => page.evaluate(() => records()));
    const sum = { published: 0, delivered: 0, lost: 0, doubled: 0, disordered: 0, gapped: 0 };
    for (const [index, record] of records.entries()) {
      const published = service.published.get(topics[index]);
      const heard = await page.evaluate((index) => heardBy(index), index);
      sum.published += published;
      sum.delivered += heard.length;
      for (const [name, count] of Object.entries(verdict(heard, record.gaps, published))) sum[name] += count;
    }
    const total = (name) => records.reduce((all, record) => all + record[name], 0);
    const stat = (name) => records.reduce((all, { stats }) => all + stats[name], 0);
    const executions = [...service.executions.values()];
    const figures = {
      kills: proxy.kills, ...sum, calls: total("calls"), settled: total("settled"),
      executed: executions.length, "executed twice": executions.filter((times) => times > 1).length,
      resumed: stat("resumes"), resent: stat("resent"), resyncs: total("resyncs"), seconds: Math.round((Date.now() - started) / 1000),
    };
    console.log(Object.entries(figures).map(([name, value]) => `        ${name} ${value}`).join("\n"));
    const errors = records.map(({ errors, wrong, state }) => ({ errors, wrong, state }));
    const { lost, doubled, disordered } = sum;
    assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 }, JSON.stringify(errors));
    assert.equal(figures["executed twice"], 0);
    assert.equal(figures.settled, CALLS);
    assert.deepEqual(errors, errors.map(() => ({ errors: {}, wrong: [], state: "connected" })));
  }, TIMEOUT);
});
