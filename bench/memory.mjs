// `cargo xtask bench memory`: a million frames through one client, and what they leave in memory.

import { closeAll } from "../tests/support/closing.mjs";
import { Browser } from "./lib/browser.mjs";
import { bundle, packaged } from "./lib/bundle.mjs";
import { Firehose } from "./lib/firehose.mjs";
import { pageFiles, serve } from "./lib/page.mjs";
import { options, save, table } from "./lib/report.mjs";

const COUNT = 1_000_000;
const STEPS = 10;
const { json } = options();
/** Keeps hold of the module's memory, which the package doesn't show. */
const WATCH = `for (const name of ["instantiate", "instantiateStreaming"]) {
  const real = WebAssembly[name];
  WebAssembly[name] = async (...all) => {
    const result = await real.apply(WebAssembly, all);
    globalThis.wasmMemory = (result.instance ?? result).exports.memory;
    return result;
  };
}`;

try {
  const script = await bundle("src/receive/tera.js", packaged());
  const origin = await serve(await pageFiles("page", `${WATCH}\n${script}`));
  const firehose = await Firehose.start(origin, [1]);
  const page = await (await Browser.launch()).open(`${origin}/page`);
  const rows = [];
  await page.evaluate((url) => start(url), await firehose.url("gateway"));
  for (let step = 1; step <= STEPS; step++) {
    await page.evaluate((count) => expectEvents(count), COUNT / STEPS);
    firehose.order("gateway", 1, COUNT / STEPS);
    await page.evaluate(() => arrived);
    await page.send("HeapProfiler.collectGarbage");
    const { usedSize } = await page.send("Runtime.getHeapUsage");
    rows.push({ frames: (COUNT / STEPS) * step, wasm: await page.evaluate(() => wasmMemory.buffer.byteLength), heap: usedSize });
  }
  table([["frames", "wasm bytes", "heap bytes after collection"], ...rows.map(({ frames, wasm, heap }) => [frames, wasm, heap])]);
  await save(json, rows);
} finally {
  await closeAll();
}
