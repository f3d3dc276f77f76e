// A page that nobody sees, whose timers come late: that may not cost a connection that is alive.

import assert from "node:assert/strict";
import { BarePage } from "../../support/bare_page.mjs";
import { until } from "../../support/checks.mjs";
import { FakeServer } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame, linkFrame } from "../../support/protobuf.mjs";

/** Shorter than the second by which hidden pages' timers come late. */
const OPTIONS = { heartbeat: 500, retryBase: 20 };

export async function hidden(check, site) {
  const page = await BarePage.open(site);
  const server = await FakeServer.start();
  await page.evaluate(
    async ({ url, options }) => {
      const { connect } = await import("/package/dist/index.js");
      globalThis.heard = [];
      globalThis.states = [];
      globalThis.client = await connect(url, options);
      client.on("DeviceEvent", ({ deviceName }) => heard.push(deviceName));
      client.on("state", ({ name }) => states.push(name));
    },
    { url: server.url, options: OPTIONS },
  );
  const record = () => page.evaluate(() => ({ heard, states, isHidden: document.hidden, lateBy: globalThis.lateBy }));

  await check("a hidden page, whose timers come late, keeps its connection, answers and hears at once", async () => {
    await page.hide();
    await until(async () => (await record()).isHidden, "the page to be hidden");
    // What a page does every 50 ms comes every second here.
    await page.evaluate(() => {
      let before = performance.now();
      const tick = () => {
        globalThis.lateBy = performance.now() - before - 50;
        before = performance.now();
        setTimeout(tick, 50);
      };
      tick();
    });
    await until(async () => (await record()).lateBy > 500, "timers to come late");
    const before = server.pings;
    await until(() => server.pings >= before + 3, "three Pings");
    server.send(linkFrame("Ping", [1, 7]), eventFrame(deviceEvent("while hidden")));
    await until(() => server.pongs === 1, "a Pong");
    const { heard, states } = await record();
    assert.deepEqual([heard, states, server.sockets.length], [["while hidden"], [], 1]);
    await page.evaluate(() => client.close());
  });
}
