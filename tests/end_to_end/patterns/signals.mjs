// Signals between pages, and between a page and a Python service that knows nothing but their JSON.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { until } from "../../support/checks.mjs";
import { required } from "../../support/environment.mjs";
import { start } from "../../support/processes.mjs";

const ADA = "websocket.user.ada00000-0000-4000-8000-000000000001";
const BOB = "websocket.user.b0b00000-0000-4000-8000-000000000001";

/** `redis`: the Redis that the gateway's bus is, if it is one. */
export async function signals(check, join, _service, redis) {
  const [ada, again, bob, device] = await Promise.all(["ada", "ada", "bob", "device"].map(join));
  for (const client of [ada, again, bob, device]) await client.run(setUp);
  await messages(check, ada, again, bob);
  await replies(check, ada, bob);
  await questions(check, ada, bob);
  await events(check, ada, bob);
  await copies(check, ada, bob);
  await access(check, ada, bob, device);
  if (redis) await python(check, ada, redis);
  await endings(check, ada, join);
  await Promise.all([again, bob, device].map((client) => client.close()));
}

/** Classes of the application, in the page, and signals of this client, which write down what they hear. */
export function setUp({ client, heard }) {
  const { DataChangeEvent, ErrorReply, Reply, SignalEvent, SignalMessage, Signals } = sdkSignals;
  class Offer extends SignalMessage {
    static type = "Offer";
    get double() {
      return this.price * 2;
    }
  }
  class Accepted extends Reply {
    static type = "Accepted";
    get text() {
      return `${this.messageType} at ${this.price}`;
    }
  }
  class Tick extends SignalEvent {
    static type = "Tick";
  }
  class Room {
    static type = "Room";
    constructor(fields) {
      Object.assign(this, fields);
    }
    get title() {
      return `${this.id} ${this.name}`;
    }
  }
  class RoomChanged extends DataChangeEvent {
    static objectType = "Room";
  }
  globalThis.app ??= { ...sdkSignals, Offer, Accepted, Tick, Room, RoomChanged, ErrorReply };
  heard.signals = new Signals(client);
  heard.list = [];
  heard.note = (...texts) => heard.list.push(texts.join(" "));
}

const list = (client, count) => until(() => client.run(({ heard }, count) => heard.list.length >= count && heard.list.splice(0), count), `${count} notes`);

async function messages(check, ada, again, bob) {
  await check("a message becomes an object of its class at every socket of its recipient, from its true sender", async () => {
    for (const client of [ada, again]) {
      await client.run(async ({ heard }) => {
        const note = (offer) => heard.note(offer instanceof app.Offer, offer.double, offer.from, offer.note, offer.id.length);
        heard.end = await heard.signals.onMessage(app.Offer, note);
      });
    }
    await bob.run(async ({ heard: { signals } }, to) => {
      await signals.send(to, new app.SignalMessage({ messageType: "Other" }));
      await signals.send(to, new app.Offer({ price: 21, note: "é😀", from: "Boss" }));
    }, ADA);
    for (const client of [ada, again]) assert.deepEqual(await list(client, 1), [`true 42 ${BOB} é😀 32`]);
    for (const client of [ada, again]) await client.run(({ heard }) => heard.end());
  });
}

async function replies(check, ada, bob) {
  await check("a reply goes to who sent the message in hand, and quotes it without what that answered", async () => {
    await bob.run(async ({ heard }) => {
      heard.end = await heard.signals.onMessage(app.Accepted, (reply) => heard.note(reply.text, reply.replyTo.price, reply.replyTo.replyTo));
    });
    await ada.run(async ({ heard }) => {
      const { signals } = heard;
      heard.end = await signals.onMessage(app.Offer, async (offer) => {
        const { price } = offer;
        await signals.reply(new app.Accepted({ price }));
        const late = await outcome(signals.reply(new app.Accepted({ price })));
        heard.note(late.code, late.isTeraError);
        await signals.reply(new app.Accepted({ price: price + 1, to: undefined, replyTo: undefined }), offer);
        await signals.reply(new app.Accepted({ price: price + 2 }), { ...offer, replyTo: offer });
        heard.note((await outcome(signals.reply(new app.Accepted({ price }), offer, { address: "Nobody" }))).code, "");
      });
    });
    await bob.run(({ heard: { signals } }, to) => signals.send(to, new app.Offer({ price: 1 })), ADA);
    assert.deepEqual(await list(bob, 3), [1, 2, 3].map((price) => `Accepted at ${price} 1 `));
    assert.deepEqual(await list(ada, 2), ["invalid_argument true", "unreachable "]);
    for (const client of [ada, bob]) await client.run(({ heard }) => heard.end());
  });
}

async function questions(check, ada, bob) {
  const ask = (price, options = {}) =>
    bob.run(async ({ heard: { signals } }, [to, price, options]) => {
      const asked = signals.ask(to, new app.Offer({ price }), { reply: app.Accepted, ...options });
      const cause = asked.then(() => undefined, ({ cause }) => cause && { ...cause, replyTo: 0, isErrorReply: cause instanceof app.ErrorReply });
      const { value, ...error } = await outcome(asked);
      return value ? value.text : { ...error, cause: await cause };
    }, [ADA, price, options]);

  await check("a question resolves with its reply, or rejects with the ErrorReply that was thrown", async () => {
    await ada.run(async ({ heard: { signals } }) => {
      await signals.onMessage(app.Offer, async ({ price }, { reply }) => {
        if (price === 0) return;
        if (price < 0) throw new app.ErrorReply({ code: 402, description: "too cheap", help: "Offer more." });
        if (price === 101) throw new RangeError("too dear");
        if (price === 102) throw Object.create(null);
        if (price === 103) throw new app.ErrorReply({ code: 1, description: "too odd", price: 103n });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await reply(new app.Accepted({ price }));
        await reply(new app.Accepted({ price: "again" }));
      });
    });
    assert.equal(await ask(7), "Accepted at 7");
    const { cause, ...error } = await ask(-1);
    assert.deepEqual(error, { code: "remote_error", message: "too cheap. Offer more.", help: "Offer more.", isTeraError: true });
    assert.deepEqual([cause.isErrorReply, cause.code, cause.description, cause.help, cause.from], [true, 402, "too cheap", "Offer more.", ADA]);
    const { message, cause: failure } = await ask(101);
    assert.deepEqual([message, failure.code], ["too dear", 500]);
    assert.equal((await ask(102)).message, "no reason given");
    assert.match((await ask(103)).message, /can't be written as JSON/);
  });

  await check("100 questions at once each get their own reply", async () => {
    const texts = await bob.run(({ heard: { signals } }, to) => {
      const one = async (_, price) => (await signals.ask(to, new app.Offer({ price: price + 1 }), { reply: app.Accepted })).text;
      return Promise.all(Array.from({ length: 100 }, one));
    }, ADA);
    assert.deepEqual(texts, texts.map((_, at) => `Accepted at ${at + 1}`));
  });

  await check("a question ends by its timeout, by its signal, and at once where nobody listens", async () => {
    assert.equal((await ask(0, { timeout: 50 })).code, "timeout");
    assert.equal((await ask(0, { timeout: -1 })).code, "invalid_argument");
    const aborted = await bob.run(async ({ heard: { signals } }, to) => {
      const abort = new AbortController();
      const asked = outcome(signals.ask(to, new app.Offer({ price: 0 }), { signal: abort.signal }));
      setTimeout(() => abort.abort());
      const late = outcome(signals.ask(to, new app.Offer({ price: 0 }), { signal: AbortSignal.abort() }));
      return [await asked, await late].map(({ code }) => code);
    }, ADA);
    assert.deepEqual(aborted, ["aborted", "aborted"]);
    const nobody = await bob.run(async ({ heard: { signals } }) => (await outcome(signals.ask("Nobody", new app.Offer({ price: 1 })))).code);
    assert.equal(nobody, "unreachable");
  });
}

async function events(check, ada, bob) {
  await check("events reach those who listen to their class or to all, until they end it", async () => {
    await ada.run(async ({ heard }) => {
      const { signals } = heard;
      heard.end = await signals.onEvent(app.Tick, ({ count, from }) => heard.note("tick", count, from));
      await signals.onEvent(app.SignalEvent, ({ eventType, count }) => heard.note("any", eventType, count));
    });
    const emit = (type, count) => bob.run(({ heard: { signals } }, [type, count]) => signals.emit(new (type ? app.Tick : app.SignalEvent)({ count, ...(type || { eventType: "Tock" }) })), [type, count]);
    await emit({}, 1);
    await emit(undefined, 2);
    assert.deepEqual((await list(ada, 3)).sort(), ["any Tick 1", "any Tock 2", `tick 1 ${BOB}`]);
    await ada.run(({ heard }) => heard.end());
    await emit({}, 3);
    assert.deepEqual(await list(ada, 1), ["any Tick 3"]);
  });
}

async function copies(check, ada, bob) {
  const emit = (changeType, id, name) =>
    bob.run(({ heard: { signals } }, [changeType, room]) => signals.emit(new app.RoomChanged({ changeType, object: new app.Room(room) })), [changeType, { id, name }]);

  await check("a cache follows what is created, updated and deleted, as instances of the class", async () => {
    await ada.run(async ({ heard }) => {
      const changed = ({ type, object }) => heard.note(type, object?.title ?? "");
      const load = async () => [new app.Room({ id: 1, name: "one" }), new app.Room({ id: 2, name: "two" })];
      heard.cache = await heard.signals.cache(app.Room, { key: (room) => room.id, load, changed });
    });
    await emit("UPDATED", 1, "uno");
    await emit("CREATED", 3, "three");
    await emit("DELETED", 2, "two");
    assert.deepEqual(await list(ada, 4), ["LOADED ", "UPDATED 1 uno", "CREATED 3 three", "DELETED 2 two"]);
    const state = await ada.run(({ heard: { cache } }) => [cache.size, [...cache].map(({ title }) => title), cache.get(1) instanceof app.Room, cache.isStale]);
    assert.deepEqual(state, [2, ["1 uno", "3 three"], true, false]);
    await ada.run(({ heard }) => heard.cache.close());
  });

  await check("changes of objects of all types are heard with the class of all changes", async () => {
    await ada.run(({ heard }) => heard.signals.onEvent(app.DataChangeEvent, ({ objectType, changeType }) => heard.note(objectType, changeType)));
    await emit("CREATED", 4, "four");
    await bob.run(({ heard: { signals } }) => signals.emit(new app.DataChangeEvent({ objectType: "Hall", changeType: "DELETED", object: {} })));
    assert.deepEqual(await list(ada, 2), ["Room CREATED", "Hall DELETED"]);
  });
}

async function access(check, ada, bob, device) {
  await check("who may not send or listen is refused, and so is what is no signal", async () => {
    const refused = (client, body, argument) => client.run(new Function("{ heard: { signals } }", "argument", `return outcome((async () => ${body})()).then(({ code }) => code)`), argument);
    const forbidden = [
      "signals.emit(new app.Tick())",
      "signals.send('Thermostat', new app.Offer({ price: 1 }))",
      "signals.ask('Thermostat', new app.Offer({ price: 1 }))",
      "signals.onEvent(app.Tick, () => {})",
      "signals.onMessage(app.Offer, () => {})",
      "signals.cache('Room', { key: String, load: () => [] })",
    ];
    for (const body of forbidden) assert.equal(await refused(device, body), "forbidden", body);
    const wrong = [
      "signals.emit(new app.Offer())",
      "signals.emit({})",
      "signals.emit(new app.SignalEvent({ eventType: 'a.b' }))",
      "signals.emit(new app.Tick({ big: 1n }))",
      "signals.send('a.b', new app.Offer())",
      "signals.send('', new app.Offer())",
      "signals.send(undefined, new app.Offer())",
      "signals.onEvent(app.Offer, () => {})",
      "signals.onMessage(app.Tick, () => {})",
      "signals.onEvent(app.Tick)",
      "signals.onMessage(undefined, () => {})",
      "signals.emit(new app.DataChangeEvent({ changeType: 'CREATED', object: {} }))",
      "signals.reply(new app.Accepted())",
    ];
    for (const body of wrong) assert.equal(await refused(ada, body), "invalid_argument", body);
  });

  await check("nobody publishes events where signals travel, or hears what is for a service", async () => {
    const code = (run, argument) => bob.run(run, argument).then(({ code }) => code);
    for (const topic of ["signal.agents", "signal.event.Tick", "signal.service.Thermostat"]) {
      const published = await code(({ client }, topic) => outcome(client.publish(topic, { $type: "UserEvent" })), topic);
      assert.equal(published, "forbidden", topic);
    }
    assert.equal(await code(({ client }) => outcome(client.subscribe("signal.service.Thermostat", () => {}))), "forbidden");
  });
}

async function python(check, ada, redis) {
  const script = fileURLToPath(new URL("../signals.py", import.meta.url));
  const { stop } = await start(required("TERA_PYTHON"), [script, new URL(redis).port], { ready: /^thermostat ready$/ });
  const ask = (target) =>
    ada.run(({ heard: { signals } }, target) => {
      class SetTarget extends app.SignalMessage {
        static type = "SetTarget";
      }
      return outcome(signals.ask("Thermostat", new SetTarget({ target })));
    }, target);

  await check("a Python service answers a question, refuses one, and its change reaches a cache", async () => {
    await ada.run(async ({ heard }) => {
      heard.list.length = 0;
      heard.cache = await heard.signals.cache("Thermostat", { key: ({ id }) => id, load: () => [{ id: "t1", target: 10 }] });
    });
    const { value } = await ask(21);
    assert.deepEqual([value.target, value.from, value.messageType, value.replyTo.from], [21, "Thermostat", "TargetSet", ADA]);
    await until(() => ada.run(({ heard }) => heard.cache.get("t1").target === 21), "the change");
    const { code, message, help } = await ask(99);
    assert.deepEqual([code, message, help], ["remote_error", "99 °C is out of range. Ask for 5 to 30.", "Ask for 5 to 30."]);
  });

  await check("a Python service gets a message with every field, and sends one of its own", async () => {
    const repeated = await ada.run(async ({ heard: { signals } }) => {
      class Repeat extends app.SignalMessage {
        static type = "Repeat";
      }
      class Repeated extends app.SignalMessage {
        static type = "Repeated";
      }
      const message = new Repeat({ text: "é😀\u2028", nested: { list: [null, 1.5, -0] }, from: "Boss" });
      const said = new Promise((resolve) => (globalThis.said = resolve));
      const end = await signals.onMessage(Repeated, globalThis.said);
      await signals.send("Thermostat", message);
      const { from, heard } = await said;
      await end();
      return { from, heard, sent: { ...message } };
    });
    assert.equal(repeated.from, "Thermostat");
    assert.deepEqual(repeated.heard, { ...repeated.sent, to: "Thermostat", from: ADA, nested: { list: [null, 1.5, 0] } });
  });
  await stop();
}

async function endings(check, ada, join) {
  await check("closing the signals, or the client, ends questions and takes no more", async () => {
    const other = await join("bob");
    await other.run(setUp);
    const codes = await ada.run(async ({ heard: { signals } }, to) => {
      const asked = outcome(signals.ask(to, new app.Offer({ price: 0 })));
      await signals.send(to, new app.Offer({ price: 0 }));
      await signals.close();
      await signals.close();
      return Promise.all([asked, outcome(signals.emit(new app.Tick())), outcome(signals.onEvent(app.Tick, () => {}))].map(async (each) => (await each).code));
    }, BOB);
    assert.deepEqual(codes, ["closed", "closed", "closed"]);
    const atEnd = await other.run(async ({ client, heard: { signals } }, to) => {
      const asked = outcome(signals.ask(to, new app.Offer({ price: 0 })));
      await signals.send(to, new app.Offer({ price: 0 }));
      client.close();
      return Promise.all([asked, outcome(signals.emit(new app.Tick()))].map(async (each) => (await each).code));
    }, ADA);
    assert.deepEqual(atEnd, ["closed", "closed"]);
    await other.close();
    await ada.close();
  });
}
