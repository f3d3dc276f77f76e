// What a client keeps of the frames that went through it: nothing.

import assert from "node:assert/strict";
import { FakeServer } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame } from "../../support/protobuf.mjs";

const FRAMES = 50_000;
/** Sent before the first look, so that buffers have their size and code is compiled. */
const WARM_UP = 10_000;
/** What the engine's own bookkeeping may vary by, in bytes. Keeping each frame's smallest object would take more. */
const TOLERANCE = 500_000;

export async function memory(check, testPage) {
  await check(`${FRAMES} frames leave wasm memory and JavaScript heap where they were`, async () => {
    const server = await FakeServer.start();
    const page = await testPage.context().browser().newPage();
    await page.addInitScript(watchMemory);
    await page.goto(testPage.url());
    await page.evaluate(connectAndCount, server.url);
    await pass(page, server, WARM_UP);
    const before = await measure(page);
    await pass(page, server, FRAMES);
    const after = await measure(page);
    assert.equal(after.wasm, before.wasm);
    assert.ok(after.heap - before.heap < TOLERANCE, `the heap grew from ${before.heap} to ${after.heap} bytes`);
    await page.close();
    await server.stop();
  });
}

/** Keeps hold of the module's memory, which the package doesn't show. */
function watchMemory() {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...all) => {
      const result = await real.apply(WebAssembly, all);
      globalThis.wasmMemory = (result.instance ?? result).exports.memory;
      return result;
    };
  }
}

async function connectAndCount(url) {
  const { connect } = await import("/package/dist/index.js");
  globalThis.client = await connect(url);
  globalThis.heard = 0;
  client.on("DeviceEvent", () => {
    heard += 1;
    if (heard === globalThis.awaited) globalThis.arrived();
  });
}

/** Sends so many frames and waits until the events of all were heard. */
async function pass(page, server, count) {
  const all = await page.evaluateHandle((count) => {
    globalThis.awaited = heard + count;
    return { arrived: new Promise((resolve) => (globalThis.arrived = resolve)) };
  }, count);
  for (let sent = 0; sent < count; sent++) server.send(eventFrame(deviceEvent(`Device ${sent}`)));
  await all.evaluate(({ arrived }) => arrived);
  await all.dispose();
}

async function measure(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return { wasm: await page.evaluate(() => wasmMemory.buffer.byteLength), heap: usedSize };
}
