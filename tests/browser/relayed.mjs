// A page whose sockets a worker holds, against the real gateway, with a network that cuts them.

import assert from "node:assert/strict";
import { until } from "../support/checks.mjs";
import { RecordingClient } from "../support/sdk_page.mjs";
import { FaultProxy } from "../faults/proxy.mjs";

export async function relayed(check, page, gateway) {
  const proxy = await FaultProxy.start(Number(new URL(gateway.url).port));
  await page.exposeFunction("freshUrl", async () => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "demo", password: "demo" });
    const response = await fetch(`http://127.0.0.1:${proxy.port}/api/login`, { method: "POST", headers, body });
    return (await response.json()).websocket_url;
  });
  const start = async () => {
    await page.evaluate(() => {
      globalThis.worker = new Worker("/relay.js", { type: "module" });
      const { port1, port2 } = new MessageChannel();
      worker.postMessage("relay this", [port2]);
      named.fresh = freshUrl;
      named.throughPort = sdkTransports.messagePort(port1);
    });
    return RecordingClient.connect(page, "fresh", { transport: "throughPort", retryBase: 1, retryCap: 20, heartbeat: 500 });
  };
  const echo = (client, value) =>
    client.run(({ client }, value) => outcome(client.call("service.DemoService", "echo", [value])), value);

  await check("a page whose sockets a worker holds gets events and answers from the gateway", async () => {
    const client = await start();
    assert.match((await client.run(({ client }) => client.state)).address, /^websocket\.user\./);
    await client.heard("events", 10);
    assert.deepEqual(await echo(client, "héllo"), { value: ["héllo"] });
    await client.close();
    await page.evaluate(() => worker.terminate());
  });

  await check("its session goes on after each of ten cuts, and no answer is lost", async () => {
    const client = await start();
    for (let cut = 1; cut <= 10; cut++) {
      const answer = echo(client, `cut ${cut}`);
      (await until(() => proxy.pick(0), "a socket")).cut();
      assert.deepEqual(await answer, { value: [`cut ${cut}`] });
      await until(() => client.run(({ client }, cut) => client.stats().reconnects === cut, cut), `reconnect ${cut}`);
    }
    const { resumes, gaps } = await client.run(({ client }) => client.stats());
    assert.deepEqual([resumes, gaps], [10, 0]);
    await client.close();
    await page.evaluate(() => worker.terminate());
  });

  await check("a worker that is gone is a lost connection, and the client goes on trying", async () => {
    const client = await start();
    await page.evaluate(() => worker.terminate());
    const [{ name, code }] = await client.heard("states", 1);
    assert.deepEqual([name, code], ["disconnected", "disconnected"]);
    await client.heard("states", 3);
    await client.close();
  });
}
