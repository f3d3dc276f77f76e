// The link over real sockets: the SDK in Chromium, the gateway and Redis, with a proxy between that cuts, stalls and silences
// connections all the time. Nothing may be lost, doubled or reordered but what gaps name.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runChecks, until } from "../support/checks.mjs";
import { launch, openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { startGateway, startRedis } from "../support/servers.mjs";
import { startClients } from "./page.mjs";
import { offline } from "./offline.mjs";
import { FaultProxy } from "./proxy.mjs";
import { restarts } from "./restarts.mjs";
import { FaultService } from "./service.mjs";
import { sleeping } from "./sleeping.mjs";

const CLIENTS = 8;
const KILLS = 1000;
const EVENTS = 104_000;
const CALLS = 10_000;
const STEPS = 1000;
/** More events than the gateway keeps for a client. */
const AWAY = 12_000;
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

/**
 * What an observer finds wrong with the numbers heard on a topic, of which `published` were published from 1 on. The
 * topic's first message is the gateway's own, which says that the client is connected.
 */
function verdict(heard, gaps, published) {
  const found = { lost: 0, doubled: 0, disordered: 0, gapped: 0 };
  const missing = new Set();
  for (const { first, last } of gaps) for (let position = first; position <= last; position++) missing.add(position - 1);
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

/** The clients in the page, and what was published for them. */
class Clients {
  constructor(page, service) {
    this.page = page;
    this.service = service;
  }

  /** Waits until all is delivered and settled, and gives the clients' records. */
  async settle() {
    const isDone = ({ state, count, gaps, calls, settled }, index) =>
      state === "connected" && settled === calls && count + gaps.reduce((sum, gap) => sum + gap.count, 0) >= this.service.published.get(topics[index]);
    const records = () => this.page.evaluate(() => records());
    const calm = async () => {
      const list = await records();
      return list.every(isDone) && list;
    };
    return until(calm, "all to be delivered and settled", 30_000).catch(records);
  }

  /** What all clients together heard, against what was published. */
  async compare(records) {
    const sum = { published: 0, delivered: 0, lost: 0, doubled: 0, disordered: 0, gapped: 0 };
    for (const [index, { gaps }] of records.entries()) {
      const published = this.service.published.get(topics[index]);
      const heard = await this.page.evaluate((index) => heardBy(index), index);
      sum.published += published;
      sum.delivered += heard.length;
      for (const [name, count] of Object.entries(verdict(heard, gaps, published))) sum[name] += count;
    }
    return sum;
  }
}

await runChecks(async (check) => {
  const redis = await startRedis();
  const config = fileURLToPath(new URL("gateway.toml", import.meta.url));
  const gateway = await startGateway("--config", config, "--redis", redis.url, "--www", required("TERA_SITE"));
  const service = await FaultService.start(redis.url);
  const proxy = await FaultProxy.start(Number(new URL(gateway.url).port));
  const browser = await launch();
  const { page } = await openPage(browser, `http://127.0.0.1:${proxy.port}/node_modules/tera-client/package.json`);
  const options = { retryBase: 20, retryCap: 200, heartbeat: 300, connectTimeout: 2000, maxInFlight: 4096, maxQueued: 4096 };
  await page.evaluate(startClients, { folder: "/node_modules/tera-client", logins, options });
  const clients = new Clients(page, service);

  await check(`${KILLS} lost connections cost none of ${EVENTS} events and ${CALLS} calls`, async () => {
    const started = Date.now();
    const random = numbers(1);
    for (let step = 0; step < STEPS || proxy.kills < KILLS; step++) {
      if (step < STEPS) await Promise.all(topics.map((topic) => service.publish(topic, EVENTS / CLIENTS / STEPS)));
      if (step < STEPS && step % 8 === 0) await page.evaluate((count) => callAll(count), CALLS / CLIENTS / (STEPS / 8));
      strike(proxy, random);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const records = await clients.settle();
    const sum = await clients.compare(records);
    const total = (name) => records.reduce((all, record) => all + record[name], 0);
    const stat = (name) => records.reduce((all, { stats }) => all + stats[name], 0);
    const executions = [...service.executions.values()];
    show({
      kills: proxy.kills, ...sum, calls: total("calls"), settled: total("settled"), executed: executions.length,
      "executed twice": executions.filter((times) => times > 1).length,
      resumed: stat("resumes"), resent: stat("resent"), resyncs: total("resyncs"), seconds: Math.round((Date.now() - started) / 1000),
    });
    const errors = records.map(({ errors, wrong, state }) => ({ errors, wrong, state }));
    assert.deepEqual(errors, errors.map(() => ({ errors: {}, wrong: [], state: "connected" })));
    assert.deepEqual(sum, { published: EVENTS, delivered: EVENTS, lost: 0, doubled: 0, disordered: 0, gapped: 0 });
    assert.deepEqual([total("settled"), executions.length, executions.every((times) => times === 1)], [CALLS, CALLS, true]);
  }, TIMEOUT);

  await check("clients that are away for more than the gateway keeps hear an exact gap", async () => {
    proxy.silenceAll();
    for (const topic of topics) await service.publish(topic, AWAY);
    const records = await clients.settle();
    const sum = await clients.compare(records);
    show(sum);
    const { lost, doubled, disordered, gapped } = sum;
    const gaps = records.map(({ gaps }) => gaps);
    assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 }, JSON.stringify(gaps));
    assert(gapped > 0, "more was kept than this test thinks");
    assert.equal(records.reduce((all, { resyncs }) => all + resyncs, 0), 0);
  }, TIMEOUT);

  await page.close();
  await offline(check, browser);
  await restarts(check, browser);
  await sleeping(check, browser);
});

function show(figures) {
  console.log(Object.entries(figures).map(([name, value]) => `        ${name} ${value}`).join("\n"));
}
