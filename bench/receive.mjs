// `cargo xtask bench receive`: frames through a real websocket at full rate, and the first event after a page load.

import { setTimeout as wait } from "node:timers/promises";
import { closeAll } from "../tests/support/closing.mjs";
import { Browser } from "./lib/browser.mjs";
import { bundle, packaged } from "./lib/bundle.mjs";
import { Firehose } from "./lib/firehose.mjs";
import { pageFiles, serve } from "./lib/page.mjs";
import { figure, options, save, table, verdicts } from "./lib/report.mjs";
import { median } from "./src/timing.js";

/** Messages of one run, by their number of events; half as many warm a page up. */
const MESSAGES = { 1: 20_000, 10: 6_000 };
const SIZES = [1, 10];
/** The pages, and who sends to each. The bare server sends equal events as text, which the gateway can't. */
const CONTESTANTS = [
  ["tera", "gateway"],
  ["protobufjs", "gateway"],
  ["tera", "binary"],
  ["protobufjs", "binary"],
  ["json-parse", "text"],
].map(([page, sender]) => ({ name: `${page} ${sender}`, page, sender }));
/** So many times as often the first event is timed: one page differs by more from the next than two contestants do. */
const FIRST = 4;
/** Milliseconds after which a page is asked for its first event. */
const UNWATCHED = 400;
/** As the README recommends it. */
const PRELOAD = '<link rel="preload" as="fetch" crossorigin href="/tera_client.wasm">';
const { json, rounds } = options();

async function startPages() {
  const files = {};
  for (const name of ["tera", "protobufjs", "json-parse"]) {
    const script = await bundle(`src/receive/${name}.js`, name === "tera" ? packaged() : {});
    Object.assign(files, await pageFiles(name, script, name === "tera" ? PRELOAD : ""));
  }
  return serve(files);
}

/** Time of the processor, not of the clock, that the main thread has spent. */
async function taskSeconds(page) {
  const { metrics } = await page.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value;
}

/** One run in a page of its own: messages a second, and microseconds of the main thread for each. */
async function run({ browser, origin, firehose }, { page: path, sender }, events) {
  const page = await browser.open(`${origin}/${path}`);
  await page.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.evaluate((url) => start(url), await firehose.url(sender));
  const pass = async (messages) => {
    await page.evaluate((count) => expectEvents(count), messages * events);
    const before = await taskSeconds(page);
    firehose.order(sender, events, messages);
    const { milliseconds } = await page.evaluate(() => arrived);
    return { perSecond: (messages / milliseconds) * 1000, micros: (((await taskSeconds(page)) - before) / messages) * 1e6 };
  };
  await pass(MESSAGES[events] / 2);
  const figures = await pass(MESSAGES[events]);
  await page.evaluate(() => stop());
  await page.close();
  return figures;
}

/** Milliseconds from navigation to the first event, in a page that nobody is attached to until it is over. */
async function firstEvent({ browser, origin, firehose }, { page: path, sender }) {
  const page = await browser.openUnwatched(`${origin}/${path}?connect=${encodeURIComponent(await firehose.url(sender))}`);
  await wait(UNWATCHED);
  const milliseconds = await page.evaluate(() => moment);
  await page.evaluate(() => stop());
  await page.close();
  return milliseconds;
}

/** Medians of rounds in which the contestants take turns, by contestant and figure. */
async function medians(measure, times = rounds) {
  const samples = Object.fromEntries(CONTESTANTS.map(({ name }) => [name, []]));
  for (let round = 0; round < times; round++) {
    for (let turn = 0; turn < CONTESTANTS.length; turn++) {
      const contestant = CONTESTANTS[(turn + round) % CONTESTANTS.length];
      samples[contestant.name].push(await measure(contestant));
    }
  }
  const of = (name, figure) => median(samples[name].map((sample) => sample[figure]));
  return Object.fromEntries(CONTESTANTS.map(({ name }) => [name, Object.fromEntries(Object.keys(samples[name][0]).map((figure) => [figure, of(name, figure)]))]));
}

try {
  const origin = await startPages();
  const bench = { browser: await Browser.launch(), origin, firehose: await Firehose.start(origin, SIZES) };
  const rows = [];
  const lines = [["through a websocket", "messages/s", "main thread, µs/message"]];
  const goals = [];
  for (const events of SIZES) {
    const of = await medians((contestant) => run(bench, contestant, events));
    for (const { name, page, sender } of CONTESTANTS) {
      rows.push({ events, contestant: page, sender, ...of[name] });
      lines.push([`${name}, events a message: ${events}`, figure(of[name].perSecond), figure(of[name].micros)]);
    }
    const parse = of["json-parse text"];
    for (const name of ["tera gateway", "tera binary"]) {
      goals.push([`messages/s of ${name} vs JSON.parse, ${events} a message`, of[name].perSecond / parse.perSecond, "≥", 1]);
      goals.push([`CPU of ${name} vs JSON.parse, ${events} a message`, of[name].micros / parse.micros, "≤", 1]);
    }
  }
  table(lines);
  const of = await medians(async (contestant) => ({ firstEvent: await firstEvent(bench, contestant) }), FIRST * rounds);
  console.log("\nmilliseconds from navigation to the first event");
  for (const { name, page, sender } of CONTESTANTS) {
    rows.push({ contestant: page, sender, ...of[name] });
    console.log(`${name.padEnd(20)} ${figure(of[name].firstEvent)}`);
  }
  verdicts("Goals", goals);
  for (const [own, other] of [["tera binary", "json-parse text"], ["tera gateway", "protobufjs gateway"]]) {
    const later = of[own].firstEvent - of[other].firstEvent;
    console.log(`First event of ${own} ${figure(later)} ms later than ${other} (≤ 15)  ${later <= 15 ? "ok" : "MISS"}`);
  }
  await save(json, rows);
} finally {
  await closeAll();
}
