// Variables: get, set, watch.

import assert from "node:assert/strict";

export async function variables(check, join, python) {
  const [ada, bob, device] = await Promise.all(["ada", "bob", "device"].map(join));
  const get = (client, name) => client.run(({ client }, name) => outcome(client.get(name)), name);
  const set = (client, name, value, options) =>
    client.run(({ client }, [name, value, options]) => outcome(client.set(name, value, options)), [name, value, options]);
  const watch = (client, name) => client.run(({ client }, name) => void (globalThis.watched = client.watch(name)), name);
  const next = (client) => client.run(async () => (await globalThis.watched.next()).value);

  await check("what one client writes another reads and watches, and nobody else may write", async () => {
    assert.deepEqual(await get(device, "temperature"), { value: undefined });
    await watch(device, "temperature");
    assert.equal(await next(device), undefined);
    assert.deepEqual(await set(ada, "temperature", { celsius: 21.5, note: "é😀" }), { value: undefined });
    assert.deepEqual(await next(device), { celsius: 21.5, note: "é😀" });
    assert.deepEqual((await get(device, "temperature")).value, { celsius: 21.5, note: "é😀" });
    assert.equal((await set(bob, "temperature", 1)).code, "forbidden");
    assert.equal((await set(device, "temperature", 1)).code, "forbidden");
    assert.equal((await get(ada, "undeclared")).code, "forbidden");
  });

  await check("a value that expires, or is cleared, is told too, and then another client may write", async () => {
    await set(ada, "temperature", 22, { expires: 300 });
    assert.equal(await next(device), 22);
    assert.equal(await next(device), undefined);
    assert.deepEqual(await set(bob, "temperature", 23), { value: undefined });
    assert.equal(await next(device), 23);
    await set(bob, "temperature", undefined);
    assert.equal(await next(device), undefined);
  });

  await check("who watches a variable that this client watches already is told its value too", async () => {
    await set(bob, "temperature", 24);
    const values = await bob.run(async ({ client }) => {
      const [first, second] = [client.watch("temperature"), client.watch("temperature")];
      const values = [(await first.next()).value, (await second.next()).value];
      const third = client.watch("temperature");
      values.push((await third.next()).value);
      for (const each of [first, second, third]) await each.return();
      return values;
    });
    assert.deepEqual(values, [24, 24, 24]);
    await set(bob, "temperature", undefined);
  });

  if (python) {
    const service = (method, ...args) => ada.run(({ client }, [method, args]) => client.call("service.EndToEndService", method, args), [method, args]);
    await check("they are the keys that Python services read and write, and a watcher hears of theirs", async () => {
      await set(ada, "end-to-end.answer", { a: [1, "é"] });
      assert.deepEqual(JSON.parse(await service("read", "end-to-end.answer")), { a: [1, "é"] });
      await watch(bob, "end-to-end.note");
      assert.equal(await next(bob), undefined);
      await service("write", "end-to-end.note", '{"from": "Python"}');
      assert.deepEqual(await next(bob), { from: "Python" });
      await service("write", "end-to-end.note", "no JSON");
      assert.equal(await next(bob), "no JSON");
    });
  }

  await Promise.all([ada, bob, device].map((client) => client.close()));
}
