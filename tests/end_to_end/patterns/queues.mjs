// Producers and consumers.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";

export async function queues(check, join) {
  const [ada, bob, device] = await Promise.all(["ada", "bob", "device"].map(join));
  const produce = (client, queue, ...items) =>
    client.run(({ client }, [queue, items]) => outcome(Promise.all(items.map((item) => client.produce(queue, item)))), [queue, items]);
  /** Begins to consume; jobs wait in the page under this name until `take`n. */
  const consume = (client, name, queue, options) =>
    client.run(({ client }, [name, queue, options]) => void (globalThis[name] = client.consume(queue, options)), [name, queue, options]);
  /** Takes so many jobs and ends each as `how` says; what they held. */
  const take = (client, name, count, how = "ack") =>
    client.run(
      async (_, [name, count, how]) => {
        const taken = [];
        while (taken.length < count) {
          const { value: job } = await globalThis[name].next();
          taken.push([job.item, job.attempt]);
          if (how) await job[how]();
        }
        return taken;
      },
      [name, count, how],
    );
  const stop = (client, name) => client.run((_, name) => globalThis[name].return().then(() => undefined), name);

  await check("what is produced is consumed once, in order, as it was", async () => {
    const items = [{ a: [1, null, "é😀"] }, 7, "text", null, true];
    const { value: ids } = await produce(ada, "jobs.plain", ...items);
    assert.equal(new Set(ids).size, items.length);
    await consume(bob, "plain", "jobs.plain");
    assert.deepEqual(await take(bob, "plain", items.length), items.map((item) => [item, 1]));
    await stop(bob, "plain");
  });

  await check("100 jobs go to two consumers, each to one of them", async () => {
    const items = Array.from({ length: 100 }, (_, each) => each);
    await consume(ada, "shared", "jobs.shared", { prefetch: 4 });
    await consume(bob, "shared2", "jobs.shared", { prefetch: 4 });
    await produce(ada, "jobs.shared", ...items);
    const taken = await ada.run((_, count) => {
      const loops = [globalThis.shared, globalThis.shared2];
      let total = 0;
      return Promise.all(
        loops.map(async (loop) => {
          const taken = [];
          for await (const job of loop) {
            taken.push(job.item);
            await job.ack();
            if (++total === count) for (const each of loops) void each.return();
          }
          return taken;
        }),
      );
    }, items.length);
    assert.deepEqual(taken.flat().sort((a, b) => a - b), items);
    assert(taken.every((list) => list.length > 0), "one consumer got everything");
  });

  await check("one that is given back comes again, and after its last attempt is a dead letter", async () => {
    await produce(ada, "jobs.hard", "hard");
    await consume(ada, "hard", "jobs.hard");
    assert.deepEqual(await take(ada, "hard", 2, "nack"), [["hard", 1], ["hard", 2]]);
    await consume(bob, "dead", "jobs.hard.dead");
    assert.deepEqual(await take(bob, "dead", 1), [["hard", 1]]);
    await Promise.all([stop(ada, "hard"), stop(bob, "dead")]);
  });

  await check("what a consumer had that is gone goes to the next one", async () => {
    const gone = await join("ada");
    await produce(ada, "jobs.left", "left");
    await consume(gone, "left", "jobs.left");
    assert.deepEqual(await take(gone, "left", 1, ""), [["left", 1]]);
    await gone.close();
    await consume(bob, "next", "jobs.left");
    assert.deepEqual(await take(bob, "next", 1), [["left", 2]]);
    await stop(bob, "next");
  });

  for (const prefetch of [1, 4]) {
    await check(`jobs in hand when the session is lost are done once, with a prefetch of ${prefetch}, and the loop goes on`, async () => {
      const queue = `jobs.lost${prefetch}`;
      const items = Array.from({ length: prefetch }, (_, each) => each);
      const { value: ids } = await produce(ada, queue, ...items);
      // Counts how often jobs are given, and ends the session at the gateway when it is told to lose it.
      await ada.run((_, ids) => {
        globalThis.losing = { given: 0 };
        named.losing = (url, events) => {
          const message = (data) => {
            const text = new TextDecoder().decode(data);
            losing.given += ids.filter((id) => text.includes(id)).length;
            events.message(data);
          };
          const socket = sdkTransports.webSocket(url, { ...events, message });
          losing.lose = () => {
            socket.close(1000);
            events.close(1006, "lost");
          };
          return socket;
        };
      }, ids);
      const client = await join(["ada", "bob"], { transport: "losing", retryBase: 1 });
      await client.run(
        ({ client, heard }, [queue, prefetch]) => {
          heard.done = [];
          heard.released = new Promise((resolve) => (heard.release = resolve));
          const loop = async () => {
            for await (const job of client.consume(queue, { prefetch })) {
              await heard.released;
              heard.done.push(job.item);
              await job.ack();
              if (job.item === "end") return heard.done;
            }
          };
          heard.loop = outcome(loop());
        },
        [queue, prefetch],
      );
      const given = (count) => until(() => client.run((_, count) => losing.given === count, count), `jobs to be given ${count} times`);
      await given(prefetch);
      await client.run(() => losing.lose());
      await given(prefetch * 2);
      await produce(ada, queue, "end");
      await client.run(({ heard }) => heard.release());
      const { value, message } = await client.run(({ heard }) => heard.loop);
      assert.deepEqual(value?.sort(), [...items, "end"], message);
      await client.close();
    });
  }

  await check("an iteration that was ended before it began makes room for the next one", async () => {
    await produce(ada, "jobs.again", "again");
    const { value } = await ada.run(({ client }) => {
      const first = client.consume("jobs.again");
      void first.next();
      void first.return();
      const second = client.consume("jobs.again");
      return outcome(second.next().then(async ({ value: job }) => (await job.ack(), await second.return(), job.item)));
    });
    assert.equal(value, "again");
  });

  await check("a full queue refuses, and so does the gateway who may not", async () => {
    const { code } = await produce(ada, "jobs.small", 1, 2, 3);
    assert.equal(code, "queue_full");
    assert.equal((await produce(device, "jobs.small", 1)).code, "forbidden");
    assert.equal((await produce(ada, "other", 1)).code, "forbidden");
    assert.equal((await ada.run(({ client }) => outcome(client.produce("jobs.plain", 1n)))).code, "invalid_argument");
    assert.equal((await device.run(({ client }) => outcome(client.consume("jobs.plain").next()))).code, "forbidden");
    const twice = await ada.run(async ({ client }) => {
      const first = client.consume("jobs.twice");
      const { code } = await outcome(client.consume("jobs.twice").next());
      await first.return();
      return code;
    });
    assert.equal(twice, "invalid_argument");
  });

  await Promise.all([ada, bob, device].map((client) => client.close()));
}
