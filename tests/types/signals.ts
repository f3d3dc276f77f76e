// Signals: what the types must allow and must refuse. A line after `@ts-expect-error` that compiles is an error.

import type { Client } from "tera-client";
import { type Cache, DataChangeEvent, ErrorReply, Reply, SignalEvent, SignalMessage, Signals } from "tera-client/signals";

declare const client: Client;

class User {
  constructor(
    readonly id: number,
    readonly name: string,
  ) {}

  greet(): string {
    return `Hello ${this.name}`;
  }
}

class Offer extends SignalMessage<{ price: number; note?: string }> {
  static override readonly type = "Offer";

  get isCheap(): boolean {
    return this.price < 10;
  }
}

class Accepted extends Reply<{ at: string }> {}

class UserRegistered extends SignalEvent<{ user: User }> {}

class UserChanged extends DataChangeEvent<User, { by: string }> {
  static override readonly objectType = "User";
}

class OutOfStock extends ErrorReply<{ until: string }> {}

const signals = new Signals(client);

await signals.emit(new UserRegistered({ user: new User(1, "Ada") }));
await signals.emit(new UserChanged({ changeType: "CREATED", object: new User(1, "Ada"), by: "me" }));
await signals.emit(new DataChangeEvent({ changeType: "DELETED", objectType: "Room", object: { id: 1 } }));
// @ts-expect-error: an event is not sent to somebody
await signals.send("Shop", new UserRegistered({ user: new User(1, "Ada") }));
// @ts-expect-error: a message is not emitted
await signals.emit(new Offer({ price: 3 }));
// @ts-expect-error: its own field is missing
new Offer({});
// @ts-expect-error: and so it is without an argument
new Offer();
// @ts-expect-error: there is no such field
new Offer({ price: 3, prize: 4 });
// @ts-expect-error: there is no such change
new UserChanged({ changeType: "MOVED", object: new User(1, "Ada"), by: "me" });
// @ts-expect-error: an error says what went wrong
new ErrorReply({ code: 1 });
new SignalMessage();
new SignalMessage<{ a?: number }>();

const stop: () => Promise<void> = await signals.onEvent(UserRegistered, (event) => {
  event.user.name satisfies string;
  event.eventType satisfies string;
  event.from satisfies string;
  // @ts-expect-error: there is no such field
  event.users;
});
await stop();
await signals.onEvent(UserChanged, (event) => void ([event.object.greet(), event.by] satisfies string[]));
await signals.onEvent(SignalEvent, (event) => void (event.signalType satisfies "EVENT"));
await signals.onMessage(Offer, async (offer, { reply }) => {
  offer.isCheap satisfies boolean;
  offer.returnAddress satisfies string | undefined;
  await reply(new Accepted({ at: offer.timestamp }), { address: "Desk" });
  await reply(new OutOfStock({ code: 410, description: "sold", until: "never" }));
  await signals.reply(new Accepted({ at: "now" }), offer);
  // @ts-expect-error: a message is no reply
  await reply(new Offer({ price: 3 }));
});
// @ts-expect-error: an event is no message
await signals.onMessage(UserRegistered, () => {});

const accepted = await signals.ask("Shop", new Offer({ price: 3 }), { reply: Accepted, timeout: 500 });
accepted.at satisfies string;
accepted.replyTo.id satisfies string;
const plain = await signals.ask("Shop", new Offer({ price: 3 }));
// @ts-expect-error: nobody said which reply it is
plain.at;
// @ts-expect-error: what is asked for is a reply
await signals.ask("Shop", new Offer({ price: 3 }), { reply: Offer });

const users: Cache<User> = await signals.cache(User, { key: (user) => user.id, load: async () => [new User(1, "Ada")] });
for (const user of users) user.greet() satisfies string;
users.get(1)?.name satisfies string | undefined;
await signals.cache<{ id: number }>("Room", { key: (room) => room.id, load: () => [], changed: undefined });
await signals.ask("Shop", new Offer({ price: 3 }), { timeout: undefined, signal: undefined, reply: undefined });
await signals.cache<{ id: number }>("Room", { key: (room) => room.id, load: () => [], changed: (change) => void change.type });
// @ts-expect-error: it must say what tells objects apart
await signals.cache("Room", { load: () => [] });
