// What a client does for a program of Node: that its process lives, and where its errors come from.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { until } from "../support/checks.mjs";
import { atEnd } from "../support/closing.mjs";
import { FakeServer } from "../support/fake_server.mjs";
import { deviceEvent, eventFrame, field } from "../support/protobuf.mjs";

export async function clients(check, root) {
  const load = (name) => import(pathToFileURL(join(root, `dist/${name}.js`)));
  const [sdk, { inMemory }, { Signals }] = await Promise.all(["inline", "transports", "signals"].map(load));

  /** A client, and the server that it is connected to. */
  async function connected(options) {
    const { transport, connections } = inMemory();
    const server = FakeServer.serve(connections);
    const client = await sdk.connect("memory:", { transport, ...options });
    atEnd(() => client.close());
    return { client, server };
  }

  /** Answers the next request with JSON. */
  const answer = async (server) => server.replyJson((await server.received()).fields[1][0], "null");

  await check("a handler whose promise rejects is reported, whatever it listens to, and the process lives on", async () => {
    const { client, server } = await connected();
    const [reported, unhandled] = [[], []];
    const note = ({ message }) => unhandled.push(message);
    const real = console.error;
    console.error = ({ message }) => reported.push(message);
    process.on("unhandledRejection", note);
    try {
      const rejects = (name) => async () => {
        throw new Error(name);
      };
      client.on("DeviceEvent", rejects("on"));
      client.once("DeviceEvent", rejects("once"));
      const subscribed = client.subscribe("room.7", rejects("subscribe"));
      await answer(server);
      await subscribed;
      const signals = new Signals(client);
      const cached = signals.cache("Room", { key: ({ id }) => id, load: () => [], changed: rejects("changed") });
      await answer(server);
      await cached;
      server.send(Buffer.concat([eventFrame(deviceEvent("d")), field(1003, "room.7")]));
      await until(() => reported.length + unhandled.length === 4, "all to be told");
      assert.deepEqual([unhandled, reported.sort()], [[], ["changed", "on", "once", "subscribe"]]);
    } finally {
      console.error = real;
      process.off("unhandledRejection", note);
    }
    client.close();
  });
}
