// `cargo xtask bench memory`: a million frames through one client, and what they leave in memory.

import { closeAll } from "../tests/support/closing.mjs";
import { required } from "../tests/support/environment.mjs";
import { PLAIN_GREETING } from "../tests/support/fake_server.mjs";
import { bundle } from "./lib/bundle.mjs";
import { makeCase } from "./lib/cases.mjs";
import { startFirehose } from "./lib/firehose.mjs";
import { launch, openScript } from "./lib/page.mjs";
import { options, save, table } from "./lib/report.mjs";

const COUNT = 1_000_000;
const STEPS = 10;
const dist = `${required("TERA_PACKAGE")}/dist`;
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
  const script = await bundle("src/receive-tera.js", { alias: { "tera-client": `${dist}/index.js` } });
  const page = await openScript(await launch(), `${WATCH}\n${script}`, `${dist}/tera_client.wasm`);
  const session = await page.context().newCDPSession(page);
  const url = await startFirehose(PLAIN_GREETING, makeCase("device").frames.map(({ bytes }) => Buffer.from(bytes, "base64")));
  const received = page.evaluate(([url, count]) => receive(url, count), [`${url}?count=${COUNT}`, COUNT]);
  const rows = [];
  const sample = async (frames) => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    rows.push({ frames, wasm: await page.evaluate(() => wasmMemory.buffer.byteLength), heap: usedSize });
  };
  for (let step = 1; step < STEPS; step++) {
    await page.evaluate((frames) => heardAtLeast(frames), (COUNT / STEPS) * step);
    await sample((COUNT / STEPS) * step);
  }
  await received;
  await sample(COUNT);
  table([["frames", "wasm bytes", "heap bytes after collection"], ...rows.map(({ frames, wasm, heap }) => [frames, wasm, heap])]);
  await save(json, rows);
} finally {
  await closeAll();
}
