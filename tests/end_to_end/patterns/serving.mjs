// Procedures that a page serves to another.

import assert from "node:assert/strict";

const ADA = "websocket.user.ada00000-0000-4000-8000-000000000001";

export async function serving(check, join, python) {
  const [ada, again, bob, device] = await Promise.all(["ada", "ada", "bob", "device"].map(join));
  const call = (client, method, args = [], options = {}) =>
    client.run(({ client }, [target, method, args, options]) => outcome(client.call(target, method, args, options)), [ADA, method, args, options]);

  await check("a client calls a procedure that another one serves, with every type of argument", async () => {
    await ada.run(async ({ client }) => {
      globalThis.end = await client.serve("describe", (...args) => args.map((each) => `${typeof each} ${each}`));
      await client.serve("later", async (a, b) => ({ sum: await new Promise((resolve) => setTimeout(() => resolve(a + b), 5)) }));
      await client.serve("fail", () => {
        throw new RangeError("not today");
      });
    });
    const { value } = await bob.run(({ client }, target) => {
      const args = [true, 1.5, 42, -7n, 2n ** 62n, "é😀", Uint8Array.of(1, 255), { doubleValue: 3 }];
      return outcome(client.call(target, "describe", args));
    }, ADA);
    const expected = ["boolean true", "number 1.5", "number 42", "number -7", `bigint ${2n ** 62n}`, "string é😀", "object 1,255", "number 3"];
    assert.deepEqual(value, expected);
    assert.deepEqual((await call(bob, "later", [1, 2])).value, { sum: 3 });
  });

  await check("100 calls at once each get their own answer", async () => {
    const sums = await bob.run(
      ({ client }, target) => Promise.all(Array.from({ length: 100 }, (_, each) => client.call(target, "later", [each, each]))),
      ADA,
    );
    assert.deepEqual(sums, sums.map((_, each) => ({ sum: 2 * each })));
  });

  await check("one that throws, and one that nobody serves, is remote_error with its reason", async () => {
    const failed = await call(bob, "fail");
    assert.deepEqual([failed.code, failed.message], ["remote_error", "not today"]);
    assert.equal((await call(bob, "nothing")).code, "remote_error");
  });

  await check("whatever it throws or returns, whoever calls is told at once", async () => {
    await ada.run(async ({ client }) => {
      await client.serve("bare", () => {
        throw Object.create(null);
      });
      await client.serve("long", () => {
        throw new Error("x".repeat(2 ** 21));
      });
      await client.serve("huge", () => "x".repeat(2 ** 21));
    });
    const answers = await Promise.all(["bare", "long", "huge"].map((name) => call(bob, name)));
    assert.deepEqual(answers.map(({ code }) => code), answers.map(() => "remote_error"));
    assert.deepEqual(answers.map(({ message }) => message), ["no reason given", "x".repeat(4096), "The message is larger than the gateway takes."]);
    const [{ code }] = await ada.heard("warnings", 1);
    assert.equal(code, "too_large");
  });

  await check("another page of the same person takes over what the first one has ended", async () => {
    await again.run(({ client }) => client.serve("describe", () => "again"));
    assert.deepEqual((await call(bob, "describe")).value, []);
    const twice = await ada.run(({ client }) => outcome(client.serve("describe", () => 1)));
    assert.equal(twice.code, "invalid_argument");
    await ada.run(() => globalThis.end());
    assert.equal((await call(bob, "describe")).value, "again");
  });

  if (python) {
    await check("a Python service calls a client as it calls other services", async () => {
      const args = [ADA, "later", 20, 22];
      const { value } = await bob.run(({ client }, args) => outcome(client.call("service.EndToEndService", "call_client", args)), args);
      assert.deepEqual(value, { sum: 42 });
    });
  }

  await check("who may not serve or call is refused", async () => {
    const { code } = await device.run(({ client }) => outcome(client.serve("describe", () => 1)));
    assert.equal(code, "forbidden");
    assert.equal((await call(device, "describe")).code, "forbidden");
  });

  await Promise.all([ada, again, bob, device].map((client) => client.close()));
  await check("a client that is gone is unreachable", async () => {
    const bob = await join("bob");
    assert.equal((await call(bob, "describe", [], { timeout: 3000 })).code, "unreachable");
    await bob.close();
  });
}
