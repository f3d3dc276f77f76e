// The end of what the gateway does for a client, when the gateway doesn't hear of it.

import assert from "node:assert/strict";
import { FORBIDDEN, UNAVAILABLE, asked, connected, consuming, end, ended, give, lose, taken, tellVariable, watching } from "./lasting.mjs";

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

  await check("it is not said again of a job that came back, nor, unless it is done, in a new session, nor behind the iteration", async () => {
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
    give(server, "q", "a", 3);
    server.replyJson(await asked(server, "ack"), "null");
    give(server, "q", "b", 1);
    assert.deepEqual((await taken(client, 3))[2], ["b", 1]);
    await end(client, 2, "nack");
    server.replyError(await asked(server, "nack"), UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    await lose(server, client);
    server.replyJson(await asked(server, "consume"), "null");
    await pause();
    await server.sentNothing(client);
    give(server, "q", "b", 2);
    await taken(client, 4);
    // However often it is tried, one try comes behind it.
    for (let tries = 0; tries < 3; tries++) {
      await end(client, 3, "ack");
      server.replyError(await asked(server, "ack"), UNAVAILABLE);
      await ended(client);
    }
    server.replyError(await asked(server, "ack"), UNAVAILABLE);
    await server.sentNothing(client);
    await end(client, 3, "ack");
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
    const stop = await asked(server, "stop");
    // This goes back with what the iteration before it has.
    give(server, "q", "x", 1);
    server.replyJson(stop, "null");
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

  await check("what is asked for while there is no session begins once, and what a session takes along has ended", async () => {
    const { server, client } = await connected(page);
    await client.run(async ({ client, heard }) => {
      heard.stop = client.serve("early", () => 1);
      client.on("state", ({ name }) => {
        if (name === "disconnected") heard.late ??= outcome(client.serve("late", () => 2));
      });
    });
    server.replyJson(await asked(server, "early"), "null");
    await client.run(({ heard }) => heard.stop.then((stop) => void (heard.stop = stop)));
    await lose(server, client);
    const both = new Map();
    for (let each = 0; each < 2; each++) {
      const { fields } = await server.received();
      both.set(["early", "late"].find((name) => fields[4][0].includes(name)), fields[1][0]);
    }
    server.replyJson(both.get("early"), "null");
    server.replyError(both.get("late"), FORBIDDEN);
    assert.equal((await client.run(({ heard }) => heard.late)).code, "forbidden");
    await client.run(({ heard }) => void (heard.ended = outcome(heard.stop())));
    await asked(server, "withdraw");
    await lose(server, client);
    assert.equal((await ended(client)).code, undefined);
    await server.sentNothing(client);
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("a subscription whose end was not heard is ended though it could not begin again meanwhile", async () => {
    const { server, client } = await connected(page, { requestTimeout: 1500 });
    const subscribe = () => client.run(({ client, heard }) => void (heard.ended = outcome(client.subscribe("room.7", () => {}).then((end) => void (heard.end = end)))));
    await subscribe();
    server.replyJson(await asked(server, "room.7"), "null");
    await ended(client);
    await client.run(({ heard }) => void (heard.ended = outcome(heard.end())));
    await asked(server, "room.7");
    assert.equal((await ended(client)).code, "timeout");
    await subscribe();
    const again = await asked(server, "room.7");
    await pause();
    server.replyError(again, UNAVAILABLE);
    assert.equal((await ended(client)).code, "unavailable");
    const { fields: { 6: [unsubscribe] = [] } } = await server.received();
    assert(unsubscribe?.includes("room.7"), "it goes on");
    await client.close();
  });
}
