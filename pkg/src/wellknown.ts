// Messages of google.protobuf that JSON spells in a way of their own. Each becomes the object that stands for it
// elsewhere, which the message's own reader then checks. Source: the proto3 JSON mapping.

import { wrong } from "./wrong.js";

const PACKAGE = "google.protobuf.";
/** From the year 1 to the year 9999, in milliseconds. */
const FIRST_TIME = -62135596800000;
const LAST_TIME = 253402300799999;
/** Longest duration, in seconds. */
const LONGEST = 315576000000;
const VALUE_FIELDS: Record<string, string> = { number: "numberValue", string: "stringValue", boolean: "boolValue" };

const WELL_KNOWN: Record<string, (value: unknown) => unknown> = {
  Timestamp: timestamp,
  Duration: duration,
  FieldMask: (value) => ({ paths: typeof value === "string" ? value.split(",").filter(Boolean).map(snakeCase) : wrong("a field mask", value) }),
  Struct: (fields) => ({ fields }),
  ListValue: (values) => ({ values }),
  Value: (value) =>
    value === null ? { nullValue: "NULL_VALUE" } : { [VALUE_FIELDS[typeof value] ?? (Array.isArray(value) ? "listValue" : "structValue")]: value },
};

/** What turns the JSON of the message of this name into an object, if it isn't one. */
export function wellKnown(name: string): ((value: unknown) => unknown) | undefined {
  if (!name.startsWith(PACKAGE)) return undefined;
  const short = name.slice(PACKAGE.length);
  if (/^(Double|Float|U?Int(32|64)|Bool|String|Bytes)Value$/.test(short)) return (value) => ({ value });
  return Object.hasOwn(WELL_KNOWN, short) ? WELL_KNOWN[short] : undefined;
}

function timestamp(value: unknown): object {
  const match = typeof value === "string" && /^(\d{4}-\d\d-(\d\d)T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(value);
  if (!match) return wrong("a time", value);
  const [, local, day, fraction, zone] = match;
  const milliseconds = Date.parse(local + zone);
  // Engines take some days that are none, and an hour after the last, for the days after them.
  const exists = new Date(`${local}Z`).getUTCDate() === +day;
  if (!exists || !(milliseconds >= FIRST_TIME && milliseconds <= LAST_TIME)) return wrong("a time", value);
  return { seconds: milliseconds / 1000, nanos: nanos(fraction) };
}

function duration(value: unknown): object {
  const match = typeof value === "string" && /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value);
  if (!match || +match[2] > LONGEST) return wrong("a duration", value);
  const sign = match[1] ? -1 : 1;
  return { seconds: sign * +match[2], nanos: sign * nanos(match[3]) };
}

function nanos(fraction = ""): number {
  return +fraction.padEnd(9, "0");
}

function snakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
