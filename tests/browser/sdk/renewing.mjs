// What the gateway does for a client until it is told not to, when the session is lost in which it was asked for.

import assert from "node:assert/strict";
import { deviceEvent, eventFrame, field } from "../../support/protobuf.mjs";
import { FORBIDDEN, INVALID_ARGUMENT, UNAVAILABLE, asked, connected, consuming, end, ended, give, lose, taken, tellVariable, watching } from "./lasting.mjs";

export async function renewing(check, page) {
  await check("a job that is given again while it is in hand is not done again, and one that is given back is", async () => {
    const { server, client } = await connected(page);
    await consuming(server, client, "q");
    give(server, "q", "a", 1);
    await taken(client, 1);
    await lose(server, client);
    server.replyJson(await asked(server, "consume"), "null");
    give(server, "q", "a", 2);
    give(server, "q", "b", 1);
    assert.deepEqual(await taken(client, 2), [["a", 1], ["b", 1]]);
    await end(client, 0, "ack");
    const id = await asked(server, "ack");
    // This one was under way already.
    give(server, "q", "a", 3);
    server.replyJson(id, "null");
    assert.deepEqual(await ended(client), { value: undefined });
    await end(client, 1, "nack");
    const back = await asked(server, "nack");
    give(server, "q", "b", 2);
    server.replyJson(back, "null");
    assert.deepEqual(await ended(client), { value: undefined });
    give(server, "q", "c", 1);
    assert.deepEqual((await taken(client, 4)).slice(2), [["b", 2], ["c", 1]]);
    // What was ended may be given anew.
    give(server, "q", "a", 4);
    assert.deepEqual((await taken(client, 5))[4], ["a", 4]);
    await client.close();
  });

  await check("a job whose end is refused is done again if it was given again, and otherwise when it is", async () => {
    const { server, client } = await connected(page);
    await consuming(server, client, "q");
    give(server, "q", "a", 1);
    await taken(client, 1);
    await end(client, 0, "ack");
    const id = await asked(server, "ack");
    give(server, "q", "a", 2);
    server.replyError(id, INVALID_ARGUMENT);
    assert.equal((await ended(client)).code, "invalid_argument");
    assert.deepEqual(await taken(client, 2), [["a", 1], ["a", 2]]);
    await end(client, 1, "ack");
    server.replyError(await asked(server, "ack"), INVALID_ARGUMENT);
    assert.equal((await ended(client)).code, "invalid_argument");
    give(server, "q", "a", 3);
    assert.deepEqual((await taken(client, 3))[2], ["a", 3]);
    await client.close();
  });

  await check("a job that waited for too long to be taken is not forgotten", async () => {
    const { server, client } = await connected(page);
    await client.run(({ client, heard }) => {
      heard.loop = client.consume("q");
      heard.first = heard.loop.next().then(({ value }) => value.id);
    });
    server.replyJson(await asked(server, "consume"), "null");
    for (const id of ["a", "b", "c", "d", "b", "end"]) give(server, "q", id, 1);
    assert.equal(await client.run(({ heard }) => heard.first), "a");
    const answer = client.run(({ client }) => client.call("service.x", "m"));
    server.replyJson(await asked(server, "service.x"), "1");
    await answer;
    const rest = await client.run(async ({ heard: { loop } }) => [(await loop.next()).value.id, (await loop.next()).value.id]);
    assert.deepEqual(rest, ["b", "end"]);
    await client.close();
  });

  await check("what can't be renewed yet is asked for again, and the warning says what it is", async () => {
    const { server, client } = await connected(page, { requestTimeout: 300 });
    await watching(server, client, "temperature");
    await lose(server, client);
    server.replyError(await asked(server, "temperature"), UNAVAILABLE);
    // This time there is no answer.
    await asked(server, "temperature");
    assert.equal((await server.received()).type, "Cancel");
    server.replyJson(await asked(server, "temperature"), "null");
    tellVariable(server, "temperature", "21");
    assert.equal(await client.run(({ heard }) => heard.value), 21);
    const warnings = await client.heard("warnings", 1);
    assert.deepEqual(warnings.map(({ code }) => code), ["unavailable"]);
    assert.match(warnings[0].message, /watch temperature/);
    await client.close();
  });

  await check("what is refused is not asked for again, and neither is what has ended or a later session does", async () => {
    const { server, client } = await connected(page);
    for (const name of ["refused", "ended", "later", "last"]) await watching(server, client, name);
    await lose(server, client);
    server.replyError(await asked(server, "refused"), FORBIDDEN);
    for (const name of ["ended", "later", "last"]) server.replyError(await asked(server, name), UNAVAILABLE);
    await client.heard("warnings", 4);
    await client.run(({ heard }) => void heard.loops.ended.return());
    server.replyJson(await asked(server, "unwatch"), "null");
    await lose(server, client);
    for (const name of ["refused", "later"]) server.replyJson(await asked(server, name), "null");
    server.replyError(await asked(server, "last"), UNAVAILABLE);
    // All that was to be asked for again before would come first.
    server.replyJson(await asked(server, "last"), "null");
    await server.sentNothing(client);
    await client.close();
  });

  await check("of much that is to be renewed a part is at a time", async () => {
    const { server, client } = await connected(page);
    for (let each = 0; each < 100; each++) await watching(server, client, `v${each}`);
    await lose(server, client);
    const ids = [];
    for (let each = 0; each < 64; each++) ids.push(await asked(server, "watch"));
    const answer = client.run(({ client }) => client.call("service.x", "m"));
    server.replyJson(await asked(server, "service.x"), "1");
    assert.equal(await answer, 1);
    for (const id of ids) server.replyJson(id, "null");
    for (let each = 0; each < 36; each++) server.replyJson(await asked(server, "watch"), "null");
    assert.deepEqual(await client.heard("warnings", 0), []);
    await client.close();
  });

  await check("what was refused in a new session is asked for when it is wanted again, and then both hear of it", async () => {
    const { server, client } = await connected(page);
    const subscribe = (list) =>
      client.run(({ client, heard }, list) => {
        heard[list] = [];
        heard.ended = outcome(client.subscribe("room.7", ({ deviceName }) => heard[list].push(deviceName)));
      }, list);
    await subscribe("first");
    server.replyJson(await asked(server, "room.7"), "null");
    await ended(client);
    await watching(server, client, "temperature");
    await lose(server, client);
    for (const name of ["room.7", "temperature"]) server.replyError(await asked(server, name), FORBIDDEN);
    await client.heard("warnings", 2);
    await subscribe("second");
    server.replyError(await asked(server, "room.7"), FORBIDDEN);
    assert.equal((await ended(client)).code, "forbidden");
    await subscribe("third");
    server.replyJson(await asked(server, "room.7"), "null");
    assert.equal((await ended(client)).code, undefined);
    await watching(server, client, "temperature");
    tellVariable(server, "temperature", "21");
    assert.equal(await client.run(({ heard }) => heard.value), 21);
    server.send(Buffer.concat([eventFrame(deviceEvent("d")), field(1003, "room.7")]));
    await client.heard("events", 1);
    assert.deepEqual(await client.run(({ heard: { first, second, third } }) => [first, second, third]), [["d"], [], ["d"]]);
    await client.close();
  });

  await check("what the last who wants it is refused is ended for those who had it", async () => {
    const { server, client } = await connected(page);
    await client.run(({ client, heard }) => void (heard.ended = outcome(client.subscribe("room.7", () => {}).then((end) => void (heard.end = end)))));
    server.replyJson(await asked(server, "room.7"), "null");
    await ended(client);
    await client.run(({ client, heard }) => void (heard.ended = outcome(client.subscribe("room.7", () => {}))));
    const id = await asked(server, "room.7");
    await client.run(({ heard }) => heard.end());
    server.replyError(id, FORBIDDEN);
    assert.equal((await ended(client)).code, "forbidden");
    const { fields: { 6: [unsubscribe] = [] } } = await server.received();
    assert(unsubscribe?.includes("room.7"), "it goes on");
    await client.close();
  });

  await check("however many subscribe at once, the gateway is asked once", async () => {
    const { server, client } = await connected(page);
    await client.run(({ client, heard }) => {
      const all = Array.from({ length: 300 }, () => client.subscribe("room.7", () => {}));
      heard.ended = outcome(Promise.all(all).then(({ length }) => length));
    });
    server.replyJson(await asked(server, "room.7"), "null");
    assert.deepEqual(await ended(client), { value: 300 });
    await server.sentNothing(client);
    await client.close();
  });
}
