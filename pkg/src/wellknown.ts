// Messages of google.protobuf that JSON spells in a way of their own. Each becomes the object that stands for it
// elsewhere, which the message's own reader then checks. Source: the proto3 JSON mapping.

import { wrong } from "./wrong.js";

const PACKAGE = "google.protobuf.";
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
  const match = typeof value === "string" && /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(value);
  const milliseconds = match ? Date.parse(match[1] + match[3]) : NaN;
  if (!match || Number.isNaN(milliseconds)) return wrong("a time", value);
  return { seconds: milliseconds / 1000, nanos: nanos(match[2]) };
}

function duration(value: unknown): object {
  const match = typeof value === "string" && /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value);
  if (!match) return wrong("a duration", value);
  const sign = match[1] ? -1 : 1;
  return { seconds: sign * +match[2], nanos: sign * nanos(match[3]) };
}

function nanos(fraction = ""): number {
  return +fraction.padEnd(9, "0");
}

function snakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
