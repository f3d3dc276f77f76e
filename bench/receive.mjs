// `cargo xtask bench receive`: frames through a real websocket at full rate, and the first event after a page load.

import { closeAll } from "../tests/support/closing.mjs";
import { required } from "../tests/support/environment.mjs";
import { PLAIN_GREETING } from "../tests/support/fake_server.mjs";
import { bundle } from "./lib/bundle.mjs";
import { makeCase } from "./lib/cases.mjs";
import { startFirehose } from "./lib/firehose.mjs";
import { launch, openScript } from "./lib/page.mjs";
import { figure, options, save, table, verdicts } from "./lib/report.mjs";
import { median } from "./src/timing.js";

/** Events of one run. */
const COUNT = 60_000;
const dist = `${required("TERA_PACKAGE")}/dist`;
const { json, rounds } = options();
/** As the README recommends it. */
const PRELOAD = '<link rel="preload" as="fetch" crossorigin href="/tera_client.wasm">';
const packaged = { alias: { "tera-client": `${dist}/index.js` } };

async function start(events) {
  const { frames } = makeCase("device", undefined, events);
  const binary = frames.map(({ bytes }) => Buffer.from(bytes, "base64"));
  const texts = frames.map((frame) => frame.json);
  return {
    tera: { url: await startFirehose(PLAIN_GREETING, binary), script: await bundle("src/receive-tera.js", packaged), head: PRELOAD },
    "json-parse": { url: await startFirehose(undefined, texts), script: await bundle("src/receive-json-parse.js") },
    protobufjs: { url: await startFirehose(undefined, binary), script: await bundle("src/receive-protobufjs.js") },
  };
}

async function taskSeconds(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value;
}

/** One run in a page of its own: messages a second, and microseconds of the main thread for each. */
async function run(browser, { url, script }, events) {
  const page = await openScript(browser, script, `${dist}/tera_client.wasm`);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const messages = COUNT / events;
  // The first part warms the page up.
  await page.evaluate(([url, count]) => receive(url, count), [`${url}?count=${messages / 10}`, COUNT / 10]);
  const before = await taskSeconds(session);
  const { milliseconds } = await page.evaluate(([url, count]) => receive(url, count), [`${url}?count=${messages}`, COUNT]);
  const spent = (await taskSeconds(session)) - before;
  await page.close();
  return { perSecond: (messages / milliseconds) * 1000, micros: (spent / messages) * 1e6 };
}

/** Milliseconds from navigation to the first event in a page that nothing is cached for. */
async function firstEvent(browser, { url, script, head }) {
  const context = await browser.newContext();
  const page = await openScript(context, `${script}\nglobalThis.first = receive(${JSON.stringify(`${url}?count=1`)}, 1).then(() => performance.now());`, `${dist}/tera_client.wasm`, head);
  const milliseconds = await page.evaluate(() => first);
  await context.close();
  return milliseconds;
}

/** Medians of rounds in which the contestants take turns. */
async function medians(contestants, measure) {
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      samples[name].push(await measure(contestants[name]));
    }
  }
  return (name, pick = (sample) => sample) => median(samples[name].map(pick));
}

try {
  const browser = await launch();
  const rows = [];
  const lines = [["through a websocket", "messages/s", "main thread, µs/message"]];
  const goals = [];
  let single;
  for (const events of [1, 10]) {
    const contestants = await start(events);
    single ??= contestants;
    const of = await medians(contestants, (contestant) => run(browser, contestant, events));
    for (const contestant of Object.keys(contestants)) {
      const perSecond = of(contestant, (sample) => sample.perSecond);
      const micros = of(contestant, (sample) => sample.micros);
      rows.push({ events, contestant, perSecond, micros });
      lines.push([`${contestant}, events a message: ${events}`, figure(perSecond), figure(micros)]);
    }
    const [tera, parse] = rows.slice(-3);
    goals.push([`messages/s vs JSON.parse, ${events} a message`, tera.perSecond / parse.perSecond, "≥", 1]);
    goals.push([`CPU vs JSON.parse, ${events} a message`, tera.micros / parse.micros, "≤", 1]);
  }
  table(lines);
  const of = await medians(single, (contestant) => firstEvent(browser, contestant));
  console.log("\nmilliseconds from navigation to the first event");
  for (const contestant of Object.keys(single)) {
    rows.push({ contestant, firstEvent: of(contestant) });
    console.log(`${contestant.padEnd(12)} ${figure(of(contestant))}`);
  }
  const later = of("tera") - of("json-parse");
  verdicts("Goals", goals);
  console.log(`First event ${figure(later)} ms later than with a bare WebSocket (≤ 15)  ${later <= 15 ? "ok" : "MISS"}`);
  await save(json, rows);
} finally {
  await closeAll();
}
