// Messages of an application's own: registered in a page, sent from it, received by it, in both forms.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { required } from "../../support/environment.mjs";
import { FakeServer, PLAIN_GREETING } from "../../support/fake_server.mjs";
import { any, eventFrame, field, message } from "../../support/protobuf.mjs";
import { RecordingClient, loadSdk } from "../../support/sdk_page.mjs";

const SET = [...readFileSync(required("TERA_DESCRIPTOR_SET"))];
const PREFIX = "type.googleapis.com/";

/** What is sent, as a function that runs in the page, and what arrives of it. */
const SENT = {
  "every kind of field": () => ({
    $type: "acme.Measured",
    sensor: "é日本😀", value: -0.5, confidence: 0, unit: "UNIT_OFFSET", history: [0, -1, 2147483647, -2147483648],
    limits: { "": { low: 1 }, toString: {} },
    place: { latitude: 1.5, inside: {} },
    time: { seconds: -1n, nanos: 5 },
    subject: { $type: "acme.Range", low: 3 },
  }),
  "every type of number at its limits": () => ({
    $type: "acme.Numbers",
    double: -1e300, float: 0.5, int32: -2147483648, int64: -(2n ** 63n), uint32: 4294967295, uint64: 2n ** 64n - 1n,
    sint32: -2147483648, sint64: -(2n ** 63n), fixed32: 4294967295, fixed64: 2n ** 64n - 1n, sfixed32: -2147483648,
    sfixed64: -(2n ** 63n), bool: true, unit: 99,
    doubles: [0, -0, Infinity], floats: [0.25], int32s: [0, -1, 300], int64s: [0n, -1n], uint32s: [0, 4294967295],
    uint64s: [2n ** 64n - 1n], sint32s: [-1, 1], sint64s: [-1n, 2n ** 62n], fixed32s: [7], fixed64s: [7n], sfixed32s: [-7],
    sfixed64s: [-7n], bools: [true, false], units: ["UNIT_CELSIUS", -5, 0],
  }),
  "every kind of key": () => ({
    $type: "acme.Maps",
    byInt32: { "-1": "a", 2147483647: "b" }, byUint64: { "18446744073709551615": new Uint8Array([1]) },
    bySint64: { "-9223372036854775808": true }, byFixed32: { 4294967295: 0.5 }, byBool: { true: "UNIT_CENTIGRADE", false: 0 },
    byString: { own: { $type: "acme.Range", high: 1 }, theirs: { $type: "UserEvent", userUuid: "u" } },
  }),
  "names that every object has": () => ({
    $type: "acme.Corners",
    toString: "s", constructor: new Uint8Array([1, 2]), valueOf: { toString: "inner" }, device: { deviceUuid: "d" },
    kind: "DEVICE_CONNECTED", children: [{}, { children: [{}] }], nickname: { value: "n" },
    legacy: { name: "", size: 0, loose: [1, 2], tight: [3], level: "LEVEL_HIGH", parts: { a: {} } },
    settings: { fields: { list: { listValue: { values: [{ numberValue: 1 }, { nullValue: "NULL_VALUE" }] } } } },
  }),
};

/** The JSON of some of them, as a server writes it. */
const JSON_TEXT = {
  "every kind of field": {
    sensor: "é日本😀", value: -0.5, confidence: 0, unit: "UNIT_OFFSET", history: [0, -1, 2147483647, -2147483648],
    limits: { "": { low: 1 }, toString: {} },
    place: { latitude: 1.5, inside: {} }, time: "1969-12-31T23:59:59.000000005Z",
    subject: { "@type": `${PREFIX}acme.Range`, low: 3 },
  },
  "every kind of key": {
    byInt32: { "-1": "a", 2147483647: "b" }, byUint64: { "18446744073709551615": "AQ==" }, bySint64: { "-9223372036854775808": true },
    byFixed32: { 4294967295: 0.5 }, byBool: { true: "UNIT_CENTIGRADE", false: "UNIT_UNKNOWN" },
    byString: {
      own: { "@type": `${PREFIX}acme.Range`, high: 1 },
      theirs: { "@type": `${PREFIX}opentera.protobuf.UserEvent`, userUuid: "u" },
    },
  },
  "names that every object has": {
    toString: "s", constructor: "AQI=", valueOf: { toString: "inner" }, device: { deviceUuid: "d" }, kind: "DEVICE_CONNECTED",
    children: [{}, { children: [{}] }], nickname: "n", settings: { list: [1, null] },
    legacy: { name: "", size: 0, loose: [1, 2], tight: [3], level: "LEVEL_HIGH", parts: { a: {} } },
  },
};

export async function registered(check, page) {
  const server = await FakeServer.start();
  const plain = await FakeServer.start(PLAIN_GREETING);
  const connected = async (to = server, where = page) => {
    const client = await RecordingClient.connect(where, to.url);
    await client.run(({ client }, set) => client.register(new Uint8Array(set)), SET);
    return client;
  };

  /** Sends what the function makes of what was heard, and gives the Any that the server got. */
  const sendOne = async (client, make) => {
    await client.run(new Function("{ client, heard }", `client.send("service.x", (${make})(heard))`));
    const { type, fields } = await server.received();
    assert.equal(type, "TeraModuleMessage");
    return fields[2][0];
  };

  for (const [name, make] of Object.entries(SENT)) {
    await check(`${name}: sent and received again, a registered message is as it was`, async () => {
      const client = await connected();
      const sent = await sendOne(client, make);
      server.send(eventFrame(sent));
      const [event] = await client.heard("events", 1);
      assertHolds(event, make());
      assert.deepEqual(await sendOne(client, (heard) => heard.events.at(-1)), sent, "sent on, it has the same bytes");
      assert.deepEqual(await client.heard("warnings", 0), []);
      await client.close();
    });
  }

  for (const [name, json] of Object.entries(JSON_TEXT)) {
    await check(`${name}: JSON gives the same object as binary`, async () => {
      const client = await connected();
      server.send(eventFrame(await sendOne(client, SENT[name])));
      const [binary] = await client.heard("events", 1);
      await client.close();
      const other = await connected(plain);
      plain.send(jsonEvent({ "@type": PREFIX + binary.$type, ...json }));
      const [, fromJson] = await other.heard("events", 2);
      assert.deepEqual({ ...fromJson, $header: undefined }, { ...binary, $header: undefined });
      assert.deepEqual(await other.heard("warnings", 0), []);
      await other.close();
    });
  }

  for (const [form, to] of [["binary", server], ["JSON", plain]]) {
    await check(`the key \`__proto__\` of a map is one like any other, in ${form}`, async () => {
      const client = await connected();
      const sent = await sendOne(client, () => ({ $type: "acme.Measured", limits: { ["__proto__"]: { high: 2 } } }));
      await client.close();
      const other = await connected(to);
      const limits = JSON.parse('{"__proto__": {"high": 2}}');
      to.send(to === plain ? jsonEvent({ "@type": `${PREFIX}acme.Measured`, limits }) : eventFrame(sent));
      await other.heard("events", to === plain ? 2 : 1);
      const seen = await other.run(({ heard }) => Object.entries(heard.events.at(-1).limits).map(([key, { high }]) => [key, high]));
      assert.deepEqual(seen, [["__proto__", 2]]);
      await other.close();
    });
  }

  await check("a handler hears a registered message by its full name, with the header it came with", async () => {
    const client = await connected();
    await client.run(({ client, heard }) => client.on("acme.Range", (event) => (heard.range = event)));
    server.send(eventFrame(any(`${PREFIX}acme.Range`, Buffer.concat([Buffer.from([9]), double(2)]))));
    await client.heard("events", 1);
    const range = await client.run(({ heard }) => heard.range);
    assert.deepEqual(range, { $type: "acme.Range", low: 2, high: 0, $header: { version: 1, time: 0, topic: "topic" } });
    await client.close();
  });

  await check("a type that is unknown is typed from the moment it is registered, for this client alone", async () => {
    const client = await RecordingClient.connect(page, server.url);
    const frame = eventFrame(any(`${PREFIX}acme.Range`, Buffer.concat([Buffer.from([9]), double(2)])));
    server.send(frame);
    await client.heard("events", 1);
    await client.run(({ client }, set) => client.register(new Uint8Array(set)), SET);
    await client.run(({ client }, set) => client.register(new Uint8Array(set)), SET);
    server.send(frame);
    assert.deepEqual((await client.heard("events", 2)).map(({ $type }) => $type), ["Unknown", "acme.Range"]);
    await client.close();
    const other = await RecordingClient.connect(page, server.url);
    server.send(frame);
    assert.equal((await other.heard("events", 1))[0].$type, "Unknown");
    await other.close();
  });

  await check("descriptors that are malformed or contradict others are refused, and the types stay as they were", async () => {
    const client = await connected();
    const conflicting = field(1, message([1, "other.proto"], [2, "acme"], [4, message([1, "Range"])], [12, "proto3"]));
    const outcomes = await client.run(async ({ client }, sets) => {
      const values = [...sets.map((set) => new Uint8Array(set)), "acme.binpb", undefined, [1, 2]];
      return Promise.all(values.map((value) => outcome((async () => client.register(value))())));
    }, [[], [255, 255], SET.slice(0, 200), [...conflicting]]);
    assert.deepEqual(outcomes.map(({ code }) => code), outcomes.map(() => "invalid_argument"));
    assert(outcomes[3].message.includes("`other.proto` differs from the one in `acme.proto`"), outcomes[3].message);
    server.send(eventFrame(await sendOne(client, SENT["every kind of field"])));
    assert.equal((await client.heard("events", 1))[0].$type, "acme.Measured");
    await client.close();
  });

  await check("objects that are no such message are refused with the field named, and nothing is sent", async () => {
    const client = await connected();
    const wrong = await client.run(async ({ client }) => {
      const messages = [
        [{ $type: "acme.Nowhere" }, "acme.Nowhere"],
        [{ $type: "acme.Maps.ByBoolEntry" }, "acme.Maps.ByBoolEntry"],
        [{ $type: "acme.Measured", history: [2147483648] }, "history[0]"],
        [{ $type: "acme.Measured", history: 1 }, "history"],
        [{ $type: "acme.Measured", unit: "UNIT_KELVIN" }, "unit"],
        [{ $type: "acme.Measured", limits: [] }, "limits"],
        [{ $type: "acme.Measured", limits: { a: 5 } }, "limits[\"a\"]"],
        [{ $type: "acme.Measured", limits: { a: { x: 5 } } }, "limits[\"a\"]"],
        [{ $type: "acme.Maps", byInt32: { x: "a" } }, "byInt32[\"x\"]"],
        [{ $type: "acme.Maps", byInt32: { 2147483648: "a" } }, "byInt32[2147483648]"],
        [{ $type: "acme.Maps", byInt32: { 1: null } }, "byInt32: expected a value of \"1\""],
        [{ $type: "acme.Maps", byBool: { maybe: 0 } }, "byBool[\"maybe\"]"],
      ];
      const outcomes = messages.map(async ([message, place]) => ({ place, ...(await outcome((async () => client.send("service.x", message))())) }));
      return Promise.all(outcomes);
    });
    for (const { place, code, message: said } of wrong) assert(code === "invalid_argument" && said.includes(place), `${place}: ${said}`);
    await server.sentNothing(client);
    await client.close();
  });

  await check("bad JSON in a registered message costs that event, with a warning, and the others arrive", async () => {
    const client = await connected(plain);
    const bad = [
      ["acme.Measured", { history: ["x"] }], ["acme.Measured", { history: [2147483648] }], ["acme.Measured", { limits: [] }],
      ["acme.Measured", { limits: { a: null } }], ["acme.Measured", { time: "yesterday" }], ["acme.Maps", { byInt32: { x: "a" } }],
      ["acme.Maps", { byBool: { yes: 0 } }], ["acme.Corners", { settings: 5 }],
    ];
    const good = { "@type": `${PREFIX}acme.Range`, low: 1 };
    plain.send(jsonEvent(...bad.map(([type, json]) => ({ "@type": PREFIX + type, ...json })), good));
    const events = await client.heard("events", 2);
    assert.deepEqual(events.slice(1).map(({ $type }) => $type), ["acme.Range"]);
    const warnings = await client.heard("warnings", bad.length);
    assert.deepEqual(warnings.map(({ code }) => code), bad.map(() => "invalid_message"));
    await client.close();
  });

  await check("entries of maps that lack key or value hold the defaults", async () => {
    // Nothing has read text in this page.
    const fresh = await page.context().browser().newPage();
    await fresh.goto(page.url());
    await loadSdk(fresh, "/package");
    const client = await connected(server, fresh);
    const visit = message([5, message([1, "lacks a value"])]);
    server.send(eventFrame(any(`${PREFIX}acme.Measured`, message([6, ""])), any(`${PREFIX}acme.Maps`, message([6, ""], [1, ""])), any(`${PREFIX}acme.Visit`, visit)));
    const [measured, maps, { returns }] = await client.heard("events", 3);
    assert.equal(returns["lacks a value"].unit, "UNIT_UNKNOWN");
    assert.deepEqual(measured.limits[""], { $type: "acme.Range", low: 0, high: 0, $header: undefined });
    assert.deepEqual(maps.byInt32, { 0: "" });
    assert.equal(maps.byString[""].$type, "Unknown");
    await client.close();
    await fresh.close();
  });

  await check("a registrar that is something else is not_loaded, and the right one is loaded then", async () => {
    const fresh = await page.context().browser().newPage();
    await fresh.goto(page.url());
    await loadSdk(fresh, "/package");
    const client = await RecordingClient.connect(fresh, server.url);
    const [wrong, right] = await client.run(async ({ client }, set) => {
      const bytes = new Uint8Array(set);
      return [await outcome(client.register(bytes, "/package/dist/tera_client.wasm")), await outcome(client.register(bytes))];
    }, SET);
    assert.deepEqual([wrong.code, right.code], ["not_loaded", undefined]);
    await client.close();
    await fresh.close();
  });
}

/** Whether `actual` has all that `expected` has; the rest are defaults. Enums may be given by number or another name. */
function assertHolds(actual, expected, path = "") {
  const names = { 0: "UNIT_UNKNOWN", "-5": "UNIT_OFFSET", UNIT_CENTIGRADE: "UNIT_CELSIUS" };
  if (expected === null || typeof expected !== "object" || expected instanceof Uint8Array) {
    const wanted = typeof actual === "string" ? (names[expected] ?? expected) : expected;
    assert.deepEqual(actual, wanted, path);
    return;
  }
  for (const key of Object.keys(expected)) assertHolds(actual[key], expected[key], `${path}.${key}`);
}

function jsonEvent(...events) {
  return JSON.stringify({ message: { "@type": `${PREFIX}opentera.protobuf.TeraEvent`, events } });
}

function double(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
