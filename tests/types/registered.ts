// Types that `tera-client types` wrote for the fixture: they are part of the package's own. A line after
// `@ts-expect-error` that compiles is an error.

import type { Client, MessageInit, Received, TypedEvent } from "tera-client";
import type { AcmeMeasured, LegacyLegacy } from "../../target/fixtures/acme.js";

declare const client: Client;

await client.register(new Uint8Array());
await client.register(new Uint8Array(), new URL("https://example.org/registrar.wasm"));
// @ts-expect-error: the bytes, not where they are
await client.register("acme.binpb");

client.on("acme.Measured", (event) => {
  event satisfies Received<AcmeMeasured>;
  event.$type satisfies "acme.Measured";
  event.sensor satisfies string;
  event.history satisfies number[];
  event.limits["a"]?.low satisfies number | undefined;
  event.time?.seconds satisfies bigint | undefined;
  event.subject?.$type satisfies string | undefined;
  event.$header?.topic satisfies string | undefined;
  // @ts-expect-error: it can be absent
  event.confidence satisfies number;
  // @ts-expect-error: there is no such field
  event.sensors;
});
client.on("acme.Measured.Place", (event) => void (event.inside?.latitude satisfies number | undefined));
client.on("acme.Numbers", (event) => {
  event.int64 satisfies bigint;
  event.fixed32s satisfies number[];
  event.units satisfies ("UNIT_UNKNOWN" | "UNIT_CELSIUS" | "UNIT_CENTIGRADE" | "UNIT_OFFSET" | number)[];
});
client.on("acme.Corners", (event) => void (event.device?.deviceName satisfies string | undefined));
client.on("legacy.Legacy", (event) => void (event.level satisfies LegacyLegacy["level"]));

// @ts-expect-error: there is no such message
client.on("acme.Nowhere", () => {});

export function narrow(event: TypedEvent): string {
  return event.$type === "acme.Measured" ? event.sensor : event.$type;
}

export const measured: MessageInit<"acme.Measured" | "Unknown"> = { $type: "acme.Measured", sensor: "s" };
// @ts-expect-error: there is no such field
export const wrong: MessageInit<"acme.Measured"> = { $type: "acme.Measured", sensors: "s" };

export async function send(): Promise<void> {
  await client.request("service.x", {
    $type: "acme.Measured",
    sensor: "s",
    unit: "UNIT_CELSIUS",
    limits: { a: { low: 1 } },
    place: { latitude: 1, inside: {} },
    time: { seconds: 5 },
    subject: { $type: "UserEvent", userUuid: "u" },
  });
  client.send("module.x", { $type: "acme.Maps", byInt32: { 1: "one", "-2": "two" }, byBool: { true: 10 } });
  // @ts-expect-error: the message in it says its type
  client.send("module.x", { $type: "acme.Measured", subject: { userUuid: "u" } });
  // @ts-expect-error: there is no such unit
  client.send("module.x", { $type: "acme.Measured", unit: "UNIT_KELVIN" });
  // @ts-expect-error: there is no such field
  client.send("module.x", { $type: "acme.Measured", limits: { a: { lowest: 1 } } });
}
