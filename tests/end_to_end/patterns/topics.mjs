// Publish and subscribe by topic.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";

export async function topics(check, join) {
  const [ada, bob, device] = await Promise.all(["ada", "bob", "device"].map(join));
  const publish = (client, topic, userFullname) =>
    client.run(({ client }, [topic, userFullname]) => outcome(client.publish(topic, { $type: "UserEvent", userFullname })), [topic, userFullname]);
  const subscribe = (client, pattern, list) =>
    client.run(
      async ({ client }, [pattern, list]) => {
        const heard = (globalThis[list] ??= []);
        const begun = await outcome(client.subscribe(pattern, (event, topic) => heard.push([topic, event.userFullname])));
        (globalThis.ends ??= {})[list] = begun.value;
        return begun.code;
      },
      [pattern, list],
    );
  const heard = (list, count) =>
    until(async () => {
      const all = await ada.run((_, list) => globalThis[list], list);
      return all.length >= count && all;
    }, `${count} events of ${list}`);

  await check("a pattern brings the events of its topics, in order, to each handler once", async () => {
    assert.equal(await subscribe(ada, "room.*", "wide"), undefined);
    assert.equal(await subscribe(ada, "room.1", "narrow"), undefined);
    assert.equal(await subscribe(ada, "room.**", "deep"), undefined);
    for (const [topic, text] of [["room.1", "a"], ["room.2", "b"], ["room.1.x", "c"], ["room.1", "é😀"]]) {
      assert.deepEqual(await publish(bob, topic, text), { value: undefined });
    }
    const all = [["room.1", "a"], ["room.2", "b"], ["room.1.x", "c"], ["room.1", "é😀"]];
    assert.deepEqual(await heard("deep", 4), all);
    assert.deepEqual(await heard("wide", 3), [all[0], all[1], all[3]]);
    assert.deepEqual(await heard("narrow", 2), [all[0], all[3]]);
    const events = await ada.heard("events", 1 + 4);
    assert.deepEqual(events.slice(1).map(({ $type, $header }) => [$type, $header.topic]), all.map(([topic]) => ["UserEvent", topic]));
  });

  await check("of two handlers of one pattern, the other goes on when one ends", async () => {
    assert.equal(await subscribe(ada, "room.two", "one"), undefined);
    assert.equal(await subscribe(ada, "room.two", "other"), undefined);
    await ada.run(() => globalThis.ends.one());
    await publish(bob, "room.two", "x");
    assert.deepEqual(await heard("other", 1), [["room.two", "x"]]);
    assert.deepEqual(await heard("one", 0), []);
    await ada.run(async () => {
      await globalThis.ends.other();
      await globalThis.ends.other();
    });
  });

  await check("a handler that subscribes, ends subscriptions, calls, publishes and throws makes nobody lose or double an event", async () => {
    await ada.run(async ({ client }) => {
      const numbers = (globalThis.numbers = { steady: [], added: [], told: [], calls: [], reported: 0, ended: new AbortController() });
      const caught = (event) => (event.preventDefault(), numbers.reported++);
      addEventListener("error", caught, { signal: numbers.ended.signal });
      await client.subscribe("room.busy.*", ({ userFullname }) => numbers.steady.push(Number(userFullname)));
      await client.subscribe("room.told", ({ userFullname }) => numbers.told.push(Number(userFullname)));
      let end = () => {};
      await client.subscribe("room.busy.7", ({ userFullname }) => {
        const list = [];
        numbers.added.push(list);
        void end();
        // Alternately to what is subscribed to already, and to what nobody else is.
        const pattern = Number(userFullname) % 2 ? "room.busy.7" : "room.busy.**";
        const begun = client.subscribe(pattern, (event) => list.push(Number(event.userFullname)));
        end = async () => (await begun)();
        void client.publish("room.told", { $type: "UserEvent", userFullname });
        numbers.calls.push(outcome(client.call("gateway", "get", ["end-to-end.note"])));
        throw new Error("the handler's fault");
      });
    });
    // As many at a time as need no more requests than may be under way.
    for (let count = 20; count <= 200; count += 20) {
      const names = Array.from({ length: 20 }, (_, at) => String(count - 19 + at));
      await bob.run(({ client }, names) => Promise.all(names.map((userFullname) => client.publish("room.busy.7", { $type: "UserEvent", userFullname }))), names);
      await until(() => ada.run((_, count) => numbers.told.length === count, count), `${count} to be told`);
    }
    const { steady, told, added, reported } = await ada.run(() => (numbers.ended.abort(), numbers));
    const all = Array.from({ length: 200 }, (_, at) => at + 1);
    assert.deepEqual([steady, told, reported], [all, all, 200]);
    // Each of the others heard some events in a row.
    for (const list of added) assert.deepEqual(list, list.map((_, at) => list[0] + at));
    assert(added.some((list) => list.length), "none of them heard anything");
    const codes = await ada.run(async () => (await Promise.all(numbers.calls)).map(({ code }) => code));
    assert.deepEqual(codes, Array(200).fill());
  });

  await check("an iteration over a topic ends what it subscribed to", async () => {
    await ada.run(({ client }) => {
      globalThis.loop = (async () => {
        const texts = [];
        for await (const event of client.subscribe("room.loop")) if (texts.push(event.userFullname) === 2) return texts;
      })();
    });
    // The loop has begun at the gateway when the next command has.
    assert.equal(await subscribe(ada, "room.loop", "loopHeard"), undefined);
    for (const text of ["x", "y", "z"]) await publish(bob, "room.loop", text);
    assert.deepEqual(await ada.run(() => globalThis.loop), ["x", "y"]);
    assert.equal((await heard("loopHeard", 3)).length, 3);
  });

  await check("what is granted to nobody is forbidden, as a handler and as an iteration", async () => {
    assert.equal(await subscribe(device, "room.1", "closed"), "forbidden");
    assert.equal((await publish(device, "room.1", "x")).code, "forbidden");
    assert.equal(await subscribe(ada, "**", "all"), "forbidden");
    assert.equal(await subscribe(ada, "service.A.rpc", "rpc"), "invalid_argument");
    assert.equal(await subscribe(ada, "", "empty"), "invalid_argument");
    const { code } = await ada.run(({ client }) => outcome(client.subscribe("other.*").next()));
    assert.equal(code, "forbidden");
  });

  await Promise.all([ada, bob, device].map((client) => client.close()));
}
