// What the package makes of the JSON text of a plain server, and of definitions that are registered, where there is no browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { until } from "../support/checks.mjs";
import { atEnd } from "../support/closing.mjs";
import { required } from "../support/environment.mjs";
import { PLAIN_GREETING } from "../support/fake_server.mjs";
import { any, deviceEvent, eventFrame, field, message } from "../support/protobuf.mjs";

const ACME = new Uint8Array(readFileSync(required("TERA_DESCRIPTOR_SET")));
const PREFIX = "type.googleapis.com/";
const STRING = 9;

export async function json(check, root) {
  const sdk = await import(pathToFileURL(join(root, "dist/inline.js")));
  const { inMemory } = await import(pathToFileURL(join(root, "dist/transports.js")));

  /** A client of a plain server, with these descriptor sets. */
  async function connect(...sets) {
    const { transport, connections } = inMemory();
    const connecting = sdk.connect("memory:", { transport });
    const { value: server } = await connections.getReader().read();
    server.send(PLAIN_GREETING);
    const client = await connecting;
    atEnd(() => client.close());
    const [events, warnings] = [[], []];
    client.on("event", (event) => events.push(event));
    client.on("warning", ({ code, message }) => warnings.push(`${code}: ${message}`));
    for (const set of sets) await client.register(set);
    /** What comes of this message of the server. */
    const hears = async (data) => {
      server.send(typeof data === "string" ? data : new Uint8Array(data));
      // A last one, which comes after all the others.
      server.send(new Uint8Array(eventFrame(deviceEvent("last"))));
      await until(() => events.at(-1)?.deviceName === "last", "the last event");
      return { events: events.splice(0).slice(0, -1).filter(({ $type }) => $type !== "UserEvent"), warnings: warnings.splice(0) };
    };
    return { client, hears };
  }

  await check("a field may have any name in JSON, and the client goes on with it", async () => {
    const name = "a\u2028b\u2029";
    const { hears } = await connect(definition("Odd", [name, STRING]), definition("Plain", ["b", STRING]));
    assert.deepEqual(await hears(eventFrame(any(`${PREFIX}own.Odd`, message([1, "x"])))), heard({ $type: "own.Odd", [name]: "x" }));
    assert.deepEqual(await hears(eventFrame(any(`${PREFIX}own.Plain`, message([1, "y"])))), heard({ $type: "own.Plain", b: "y" }));
  });

  await check("elements of `events` that are no messages are reported one by one, and the rest of the frame arrives", async () => {
    const { hears } = await connect();
    const bad = ["null", "5", '"x"', "[1]", "[]", '{"a":1}', '{"@type":5}', "[".repeat(100_000) + "]".repeat(100_000)];
    const good = JSON.stringify({ "@type": `${PREFIX}opentera.protobuf.DeviceEvent`, deviceName: "good" });
    const { events, warnings } = await hears(frameOf(good, ...bad, good));
    assert.deepEqual(events.map(({ deviceName }) => deviceName), ["good", "good"]);
    const said = (what) => `invalid_message: A message can't be read: expected an object with an \`@type\`, got ${what}.`;
    assert.deepEqual(warnings, [...bad.slice(0, -1), "something that is nested too deep"].map(said));
  });

  await check("an empty Any is unknown, as in binary", async () => {
    const { hears } = await connect();
    const unknown = { $type: "Unknown", typeUrl: "", value: new Uint8Array() };
    const { events, warnings } = await hears(frameOf("{}", `{"@type":"${PREFIX}opentera.protobuf.ServerCommand","data":{}}`));
    assert.deepEqual(events, [
      { ...unknown, json: {}, $header: undefined },
      { $type: "ServerCommand", type: events[1].type, data: { ...unknown, json: {}, $header: undefined }, $header: undefined },
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(await hears(eventFrame("")), heard(unknown));
  });

  /** Of messages of this type with these properties, each a JSON text, those that are read and how many are not. */
  async function reads(hears, type, ...texts) {
    const { events, warnings } = await hears(frameOf(...texts.map((text) => `{"@type":"${PREFIX}${type}",${text}}`)));
    assert(warnings.every((warning) => warning.startsWith(`invalid_message: A message of type ${PREFIX}${type} can't be read: expected `)), warnings.join("\n"));
    return [events, warnings.length];
  }

  await check("`null` in a list is refused, unless it is a value of the list's type", async () => {
    const { hears } = await connect(ACME);
    const bad = ['"sessionUsers":["a",null]', '"sessionUsers":[null]'];
    assert.deepEqual(await reads(hears, "opentera.protobuf.JoinSessionEvent", ...bad), [[], bad.length]);
    const badArgs = ['"args":[null,{"intValue":"1"}]'];
    assert.deepEqual(await reads(hears, "opentera.protobuf.RPCMessage", ...badArgs), [[], badArgs.length]);
    const badLists = ['"history":[1,null]', '"histories":null,"history":[null]'];
    assert.deepEqual(await reads(hears, "acme.Measured", ...badLists), [[], badLists.length]);
    const [[{ values, nulls }]] = await reads(hears, "acme.Spelt", '"values":[null,1],"nulls":[null,"NULL_VALUE",0]');
    assert.deepEqual(values.map(({ nullValue, numberValue }) => nullValue ?? numberValue), ["NULL_VALUE", 1]);
    assert.deepEqual(nulls, ["NULL_VALUE", "NULL_VALUE", "NULL_VALUE"]);
  });

  await check("a name of an enum's value that this version doesn't know is nothing where nothing has to be, else the default", async () => {
    const { hears } = await connect(ACME);
    const [[numbers]] = await reads(hears, "acme.Numbers", '"unit":"UNIT_KELVIN","units":["UNIT_KELVIN","UNIT_CELSIUS","UNIT_KELVIN"]');
    assert.deepEqual([numbers.unit, numbers.units], ["UNIT_UNKNOWN", ["UNIT_CELSIUS"]]);
    const [[{ byBool }]] = await reads(hears, "acme.Maps", '"byBool":{"true":"UNIT_KELVIN","false":"UNIT_CELSIUS"}');
    assert.deepEqual({ ...byBool }, { false: "UNIT_CELSIUS" });
    const [[none, one]] = await reads(hears, "acme.Spelt", '"unit":"UNIT_KELVIN"', '"unit":"UNIT_CELSIUS"');
    assert.deepEqual([none.unit, one.unit], [undefined, "UNIT_CELSIUS"]);
  });

  await check("times and durations that can't be are refused, and those at the limits are read", async () => {
    const { hears } = await connect(ACME);
    const property = (name) => (value) => `"${name}":"${value}"`;
    const badTimes = [
      "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2023-04-31T00:00:00+02:00", "2024-01-01T24:00:00Z", "2024-12-31T24:00:00-01:00", "2024-01-00T00:00:00Z",
      "2024-13-01T00:00:00Z", "2024-01-01T23:60:00Z", "2024-01-01T23:59:60Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+01:60",
      "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    ];
    assert.deepEqual(await reads(hears, "acme.Spelt", ...badTimes.map(property("time"))), [[], badTimes.length]);
    const times = {
      "0001-01-01T00:00:00Z": -62135596800n, "0000-12-31T23:59:00-00:01": -62135596800n, "9999-12-31T23:59:59.999999999Z": 253402300799n,
      "2024-02-29T23:30:00-01:00": 1709253000n, "2024-03-01T00:00:00+23:59": 1709164860n,
    };
    const [events] = await reads(hears, "acme.Spelt", ...Object.keys(times).map(property("time")));
    assert.deepEqual(events.map(({ time }) => time.seconds), Object.values(times));
    const badDurations = ["315576000001s", "-315576000001s", "999999999999.5s"];
    assert.deepEqual(await reads(hears, "acme.Spelt", ...badDurations.map(property("duration"))), [[], badDurations.length]);
    const [[longest, shortest]] = await reads(hears, "acme.Spelt", ...["315576000000s", "-315576000000s"].map(property("duration")));
    assert.deepEqual([longest.duration.seconds, shortest.duration.seconds], [315576000000n, -315576000000n]);
  });

  await check("`null` is a value of a NullValue wherever it may be absent, and of no other", async () => {
    const { hears } = await connect(ACME);
    const texts = ['"nullByName":{"a":null}', '"nothing":null', '"something":null', '"maybe":null', '"unit":null,"aNumber":null,"nullByName":null'];
    const [[byName, nothing, something, maybe, absent]] = await reads(hears, "acme.Spelt", ...texts);
    assert.deepEqual({ ...byName.nullByName }, { a: "NULL_VALUE" });
    assert.deepEqual([nothing.nothing, maybe.maybe, something.something.nullValue], ["NULL_VALUE", "NULL_VALUE", "NULL_VALUE"]);
    const { nothing: none, something: nor, maybe: unset, unit, aNumber } = absent;
    assert.deepEqual([none, nor, unset, unit, aNumber], [undefined, undefined, undefined, undefined, undefined]);
    const bad = ['"byBool":{"true":null}', '"byString":{"a":null}', '"byInt32":{"1":null}'];
    assert.deepEqual(await reads(hears, "acme.Maps", ...bad), [[], bad.length]);
  });

  const NUMBERS = [
    ["uint32", ["-0", '"-0"', "4294967295", '"1e2"', '"5."'], [0, 0, 4294967295, 100, 5], ["-1", "4294967296", '"0x10"', "1.5", '""', '" 1"', "true"]],
    ["fixed32", ["-0", '"-0"'], [0, 0], ["-1"]],
    ["int32", ["-0", '"-0"', "1.0", '"1e2"'], [0, 0, 1, 100], ["2147483648", '"0b1"', '"1e-1"']],
    ["int64", ['"1e2"', '"1.0"', "-0", '"-0"', "1e2", '"-9223372036854775808"'], [100n, 1n, 0n, 0n, 100n, -(2n ** 63n)], ['"1.5"', '"0x10"', '"9223372036854775808"', "9007199254740993", '"9007199254740992.0"', "1e19", "1e400", '"NaN"', "true"]],
    ["uint64", ['"18446744073709551615"'], [2n ** 64n - 1n], ['"1e19"', '"18446744073709551616"', '"-1"', '"1e20"']],
    ["double", ['"1e308"', '".5"', '"NaN"', '"-Infinity"', "-0", '"-0"'], [1e308, 0.5, NaN, -Infinity, -0, -0], ["1e400", "-1e400", '"1e400"', '"0x10"', '"0b1"', '"+1"', '"inf"', '"1_0"']],
    ["float", ["3.4028235e38", '"Infinity"'], [Math.fround(3.4028235e38), Infinity], ["1e39", '"-1e39"', "1e400"]],
    ["unit", ['"10"', "10", '"7"', '"-5"', '"UNIT_KELVIN"', "-0", '"-2147483648"'], ["UNIT_CELSIUS", "UNIT_CELSIUS", 7, "UNIT_OFFSET", "UNIT_UNKNOWN", "UNIT_UNKNOWN", -2147483648], ["3000000000", '"3000000000"', "1.5", '"1.5"', "true"]],
  ];
  for (const [name, good, values, bad] of NUMBERS) {
    await check(`${name}: numbers of JSON are read in each of their forms, and refused out of range`, async () => {
      const { hears } = await connect(ACME);
      const property = (text) => `"${name}":${text}`;
      const [events, count] = await reads(hears, "acme.Numbers", ...good.map(property));
      assert.deepEqual([events.map((event) => event[name]), count], [values, 0]);
      assert.deepEqual(await reads(hears, "acme.Numbers", ...bad.map(property)), [[], bad.length]);
    });
  }

  await check("fields go by their names in the definition too, if they have no other", async () => {
    const { hears } = await connect(ACME, definition("Named", ["a_b", STRING], ["aB", STRING]));
    const one = async (type, text) => (await reads(hears, type, text))[0][0];
    assert.deepEqual(
      await one("opentera.protobuf.DeviceEvent", '"device_uuid":"d","type":"DEVICE_CONNECTED","device_name":"n","deviceStatus":"s","device_status":"t"'),
      { $type: "DeviceEvent", deviceUuid: "d", type: "DEVICE_CONNECTED", deviceName: "n", deviceStatus: "s", $header: undefined },
    );
    const { sessionUsers, joinMsg } = await one("opentera.protobuf.JoinSessionEvent", '"session_users":["a"],"join_msg":null,"nothing_known":5');
    assert.deepEqual([sessionUsers, joinMsg], [["a"], ""]);
    const { args, replyTo } = await one("opentera.protobuf.RPCMessage", '"args":[{"int_value":"1"},{"intValue":"2"}],"reply_to":"r"');
    assert.deepEqual([args.map(({ intValue }) => intValue), replyTo], [[1n, 2n], "r"]);
    const { log_header, logHeader } = await one("opentera.protobuf.LoginEvent", '"log_header":{"timestamp":5}');
    assert.deepEqual([log_header, logHeader.timestamp], [undefined, 5]);
    const { nullByName, aNumber } = await one("acme.Spelt", '"null_by_name":{"a_b":null},"a_number":7');
    assert.deepEqual([{ ...nullByName }, aNumber], [{ a_b: "NULL_VALUE" }, 7]);
    const { a_b, aB } = await one("own.Named", '"a_b":"its own"');
    assert.deepEqual([a_b, aB], ["its own", ""]);
    assert.deepEqual(await reads(hears, "opentera.protobuf.DeviceEvent", '"device_name":5'), [[], 1]);
  });

  await check("an array is no message", async () => {
    const { hears } = await connect(ACME);
    assert.deepEqual(await reads(hears, "opentera.protobuf.RPCMessage", '"args":[[]]'), [[], 1]);
    assert.deepEqual(await reads(hears, "acme.Measured", '"place":[]', '"limits":{"a":[]}'), [[], 2]);
  });

  await check("a descriptor set that is too large, or whose memory was given away, is refused before it is copied", async () => {
    const { client } = await connect();
    const gone = new Uint8Array(ACME);
    structuredClone(gone, { transfer: [gone.buffer] });
    await assert.rejects(client.register(gone), { code: "invalid_argument" });
    for (const length of [2 ** 20 + 1, 3 * 2 ** 30]) {
      await assert.rejects(client.register(new Uint8Array(length)), { code: "invalid_argument", message: /larger than 1 MiB/ });
    }
    await assert.rejects(client.register(new Uint8Array(2 ** 20)), { code: "invalid_argument" });
    await client.register(ACME);
  });

  await check("a map is an object when it is sent, and nothing else that has no properties", async () => {
    const { client } = await connect(ACME);
    const wrong = [new Map([["a", {}]]), new Map(), new Set(["a"]), new Date(), [], ["a"], new Uint8Array(2), 5, "a", true];
    for (const limits of wrong) {
      const send = async () => client.send("service.x", { $type: "acme.Measured", limits });
      await assert.rejects(send, { code: "invalid_argument", message: /limits: expected an object/ }, String(limits));
    }
    class Limits {
      low = { low: 1 };
    }
    for (const limits of [{}, new Limits(), Object.create(null)]) {
      await assert.rejects(async () => client.send("service.x", { $type: "acme.Measured", limits }), { code: "unsupported" });
    }
  });
}

/** The text of a TeraEvent with these events. */
const frameOf = (...events) => `{"message":{"@type":"${PREFIX}opentera.protobuf.TeraEvent","events":[${events.join()}]}}`;

/** These events, and no warning. */
const heard = (...events) => ({ events: events.map((event) => ({ ...event, $header: { version: 1, time: 0, topic: "topic" } })), warnings: [] });

/** The set that defines the message of this name in the package `own`; each field has a name in JSON and a type. */
function definition(name, ...fields) {
  const described = fields.map(([json, type], at) => [2, message([1, `f${at}`], [3, at + 1], [4, 1], [5, type], [10, json])]);
  return new Uint8Array(field(1, message([1, `${name}.proto`], [2, "own"], [4, message([1, name], ...described)], [12, "proto3"])));
}
