// The end of what the gateway does for a client, when the gateway doesn't hear of it.

import assert from "node:assert/strict";
import { UNAVAILABLE, asked, connected, consuming, end, ended, give, lose, taken, tellVariable, watching } from "./lasting.mjs";

/** Longer than what was not heard waits until it is said again. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1200));

export async function ending(check, page) {
  await check("the end of a job that the gateway did not take is said again, until it has", async () => {
    const { server, client } = await connected(page);
    await consuming(server, client, "q");
    give(server, "q", "a", 1);
    await taken(client, 1);
    await end(client, 0, "ack");
    server.replyError(await asked(server, "ack"), UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    // It was done: if it is given again meanwhile, it is not done again.
    give(server, "q", "a", 2);
    server.replyError(await asked(server, "ack"), UNAVAILABLE);
    server.replyJson(await asked(server, "ack"), "null");
    give(server, "q", "b", 1);
    assert.deepEqual(await taken(client, 2), [["a", 1], ["b", 1]]);
    await end(client, 1, "nack");
    server.replyError(await asked(server, "nack"), UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    server.replyJson(await asked(server, "nack"), "null");
    give(server, "q", "b", 2);
    assert.deepEqual((await taken(client, 3))[2], ["b", 2]);
    await client.close();
  });

  await check("it is not said again of a job that came back, nor in a new session, nor behind the iteration", async () => {
    const { server, client } = await connected(page);
    await consuming(server, client, "q");
    give(server, "q", "a", 1);
    await taken(client, 1);
    await end(client, 0, "nack");
    server.replyError(await asked(server, "nack"), UNAVAILABLE);
    give(server, "q", "a", 2);
    assert.deepEqual((await taken(client, 2))[1], ["a", 2]);
    await pause();
    await server.sentNothing(client);
    await end(client, 1, "ack");
    server.replyError(await asked(server, "ack"), UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    await lose(server, client);
    server.replyJson(await asked(server, "consume"), "null");
    await pause();
    await server.sentNothing(client);
    await end(client, 1, "ack");
    server.replyError(await asked(server, "ack"), UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    await client.run(({ heard }) => void heard.loop.return());
    server.replyJson(await asked(server, "stop"), "null");
    await pause();
    await server.sentNothing(client);
    await client.close();
  });

  await check("what begins again is ended first if the gateway has not heard that it had ended", async () => {
    const { server, client } = await connected(page, { requestTimeout: 300 });
    const leave = async (end) => {
      await asked(server, end);
      assert.equal((await server.received()).type, "Cancel");
    };
    await consuming(server, client, "q");
    await client.run(({ heard }) => void heard.loop.return());
    await leave("stop");
    await client.run(({ client, heard }) => void (heard.value = client.consume("q").next().then(({ value }) => value.id)));
    server.replyJson(await asked(server, "stop"), "null");
    server.replyJson(await asked(server, "consume"), "null");
    give(server, "q", "a", 1);
    assert.equal(await client.run(({ heard }) => heard.value), "a");
    await watching(server, client, "temperature");
    await client.run(({ heard }) => void heard.loops.temperature.return());
    // Begun again before that is known.
    await client.run(({ client, heard }) => void (heard.value = client.watch("temperature").next().then(({ value }) => value)));
    await leave("unwatch");
    server.replyJson(await asked(server, "unwatch"), "null");
    server.replyJson(await asked(server, "watch"), "null");
    tellVariable(server, "temperature", "21");
    assert.equal(await client.run(({ heard }) => heard.value), 21);
    // Neither is ended once more behind that.
    await pause();
    await server.sentNothing(client);
    await client.close();
  });
}
