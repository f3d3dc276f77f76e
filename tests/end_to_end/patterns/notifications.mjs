// One-way messages, acknowledged or not.

import assert from "node:assert/strict";

const ADA = "websocket.user.ada00000-0000-4000-8000-000000000001";
const BOB = "websocket.user.b0b00000-0000-4000-8000-000000000001";

export async function notifications(check, join) {
  const [ada, bob, again, device] = await Promise.all(["ada", "bob", "bob", "device"].map(join));
  const notify = (client, dest, replyMsg) =>
    client.run(({ client }, [dest, replyMsg]) => outcome(client.notify(dest, { $type: "JoinSessionReplyEvent", replyMsg })), [dest, replyMsg]);
  const texts = async (client, count) => (await client.heard("events", count)).slice(1).map(({ head, data }) => [head.source, data[0].replyMsg]);

  await check("a broadcast reaches every page of everybody it names, with or without being acknowledged", async () => {
    await ada.run(({ client }, dest) => client.send(dest, { $type: "JoinSessionReplyEvent", replyMsg: "sent" }), `${ADA},${BOB}`);
    assert.deepEqual(await notify(ada, `${ADA},${BOB}`, "notified é😀"), { value: undefined });
    for (const client of [ada, bob, again]) assert.deepEqual(await texts(client, 1 + 2), [[ADA, "sent"], [ADA, "notified é😀"]]);
  });

  await check("a notification that reaches nobody, or that is not granted, rejects", async () => {
    assert.equal((await notify(ada, "service.Nobody", "x")).code, "unreachable");
    assert.equal((await notify(ada, "websocket.user.00000000-0000-4000-8000-000000000009", "x")).code, "unreachable");
    assert.equal((await notify(device, BOB, "x")).code, "forbidden");
    assert.equal((await notify(ada, "nonsense", "x")).code, "invalid_argument");
  });

  await Promise.all([ada, bob, again, device].map((client) => client.close()));
}
