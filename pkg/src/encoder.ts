// Writes objects onto a tape that WebAssembly encodes: the way of a request, one crossing as well. The layout is
// described in crates/tape/src/lib.rs.

import { misuse } from "./errors.js";
import type { Registry } from "./registry.js";
import type { Field } from "./rows.js";

/** A message written onto the tape. Its record starts at slot 1. */
export interface Encoded {
  slots: Int32Array;
  text: string;
  blob: Uint8Array;
}

// The tape being written.
let slots = new Int32Array(256);
let used = 0;
let text = "";
let blobs: Uint8Array[] = [];
let blobLength = 0;
let registry: Registry;
/** Where in the message the value is that is being written, for what is said if it can't be. */
let path: (string | number)[] = [];
const wide = new DataView(new ArrayBuffer(8));
/** Deepest nesting, as on the way in. */
const MAX_DEPTH = 16;
const NO_BYTES = new Uint8Array();

/** Writes `object` as a message of the type named; throws `invalid_argument`, naming the field, if it is none. */
export function encode(typeName: string, object: object, types: Registry): Encoded {
  registry = types;
  slots.fill(0, 0, used);
  used = 1;
  text = "";
  blobs = [];
  blobLength = 0;
  path = [typeName];
  record(registry.indexOf(typeName)!, object, 0);
  const blob = blobLength ? new Uint8Array(blobLength) : NO_BYTES;
  let offset = 0;
  for (const part of blobs) {
    blob.set(part, offset);
    offset += part.length;
  }
  return { slots: slots.subarray(0, used), text, blob };
}

/** Takes so many slots, all 0. */
function reserve(count: number): number {
  const at = used;
  used += count;
  if (used > slots.length) {
    const larger = new Int32Array(2 * used);
    larger.set(slots);
    slots = larger;
  }
  return at;
}

function record(index: number, object: unknown, depth: number): number {
  if (typeof object !== "object" || object === null) throw expected("an object", object);
  if (depth === MAX_DEPTH) throw tooDeep();
  const type = registry.types[index];
  const at = begin(index);
  const place = path.length;
  for (const name in object) {
    const field = type.byName.get(name);
    if (!field) {
      if (name === "$type" || name === "$header") continue;
      throw misuse(`${where()}: ${type.name} has no field \`${name}\`.`, `Its fields: ${type.fields.map((f) => f.name).join(", ")}.`);
    }
    const value = (object as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    path[place] = name;
    if (field.isMap) map(field, value, at + field.slot, depth);
    else if (field.isList) list(field, value, at + field.slot, depth);
    else if (field.isOptional) {
      slots[at + field.slot] = 1;
      put(field, value, at + field.slot + 1, depth);
    } else put(field, value, at + field.slot, depth);
  }
  path.length = place;
  return at;
}

/** Adds an empty record of this type. */
function begin(index: number): number {
  const at = reserve(registry.types[index].length);
  slots[at] = index;
  return at;
}

/** A map is a list of its entries, each a record of key and value. */
function map(field: Field, value: unknown, at: number, depth: number): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected("an object", value);
  const [keyField, valueField] = registry.types[field.index].fields;
  if (depth + 1 === MAX_DEPTH) throw tooDeep();
  const entries = Object.entries(value);
  const place = path.length;
  let link = at + 1;
  for (const [key, item] of entries) {
    path[place] = `[${JSON.stringify(key.slice(0, 80))}]`;
    const element = reserve(2);
    slots[link] = element;
    link = element;
    const entry = begin(field.index);
    slots[element + 1] = entry;
    put(keyField, mapKey(keyField, key), entry + keyField.slot, depth + 1);
    put(valueField, item, entry + valueField.slot, depth + 1);
  }
  path.length = place;
  slots[at] = entries.length;
}

/** The key that the name of a property stands for. */
function mapKey({ kind }: Field, key: string): unknown {
  if (kind === "s") return key;
  if (kind === "b") return key === "true" ? true : key === "false" ? false : key;
  if (!/^-?\d{1,20}$/.test(key)) throw expected("a whole number as the key", key);
  return kind === "i" || kind === "u" ? BigInt(key) : Number(key);
}

function list(field: Field, value: unknown, at: number, depth: number): void {
  if (!Array.isArray(value)) throw expected("an array", value);
  const place = path.length;
  let link = at + 1;
  for (let position = 0; position < value.length; position++) {
    path[place] = position;
    const element = reserve(3);
    slots[link] = element;
    link = element;
    put(field, value[position], element + 1, depth);
  }
  path.length = place;
  slots[at] = value.length;
}

function put(field: Field, value: unknown, at: number, depth: number): void {
  switch (field.kind) {
    case "s":
      string(value, at);
      break;
    case "b":
      if (typeof value !== "boolean") throw expected("a boolean", value);
      slots[at] = +value;
      break;
    case "w":
      slots[at] = integer(value, 0, 0xffffffff);
      break;
    case "l":
      slots[at] = integer(value, -0x80000000, 0x7fffffff);
      break;
    case "e":
      slots[at] = enumNumber(field.index, value);
      break;
    case "f":
      if (typeof value !== "number") throw expected("a number", value);
      wide.setFloat32(0, value, true);
      slots[at] = wide.getInt32(0, true);
      break;
    case "d":
      if (typeof value !== "number") throw expected("a number", value);
      wide.setFloat64(0, value, true);
      putWide(at);
      break;
    case "i":
    case "u":
      putInteger(field.kind, value);
      putWide(at);
      break;
    case "y":
      bytes(value, at);
      break;
    // What they write may move the slots.
    case "m": {
      const place = record(field.index, value, depth + 1);
      slots[at] = place;
      break;
    }
    case "a": {
      const place = any(value, depth + 1);
      slots[at] = place;
    }
  }
}

function string(value: unknown, at: number): void {
  if (typeof value !== "string") throw expected("a string", value);
  slots[at] = text.length;
  text += value;
  slots[at + 1] = text.length;
}

function bytes(value: unknown, at: number): void {
  if (!(value instanceof Uint8Array)) throw expected("a Uint8Array", value);
  slots[at] = blobLength;
  blobLength += value.length;
  slots[at + 1] = blobLength;
  blobs.push(value);
}

function putWide(at: number): void {
  slots[at] = wide.getInt32(0, true);
  slots[at + 1] = wide.getInt32(4, true);
}

function putInteger(kind: string, value: unknown): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw expected("a bigint or a safe integer", value);
  const number = BigInt(value as bigint | number);
  const wrapped = kind === "i" ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number);
  if (wrapped !== number) throw misuse(`${where()}: ${number} is out of range.`);
  wide.setBigUint64(0, BigInt.asUintN(64, number), true);
}

function integer(value: unknown, low: number, high: number): number {
  if (!Number.isInteger(value)) throw expected("an integer", value);
  const number = value as number;
  if (number < low || number > high) throw misuse(`${where()}: ${number} is out of range; allowed are ${low} to ${high}.`);
  return number | 0;
}

function enumNumber(index: number, value: unknown): number {
  if (typeof value === "number") return integer(value, -0x80000000, 0x7fffffff);
  const numbers = registry.numbers(index);
  const number = numbers.get(value as string);
  if (number === undefined) throw misuse(`${where()}: ${show(value)} is no such value.`, `Use one of ${[...numbers.keys()].join(", ")}, or a number.`);
  return number;
}

function any(value: unknown, depth: number): number {
  const object = value as { $type?: unknown; typeUrl?: unknown; value?: unknown } | null;
  const type = object?.$type;
  if (type === "Unknown") {
    const at = reserve(5);
    slots[at] = -1;
    part("typeUrl", () => string(object!.typeUrl, at + 1));
    part("value", () => bytes(object!.value, at + 3));
    return at;
  }
  const index = registry.indexOf(type as string);
  if (index === undefined) {
    throw misuse(`${where()}: ${show(type)} is no message type.`, "Set `$type` to a name of the catalogue, such as \"DeviceEvent\", or to the full name of a registered message.");
  }
  return record(index, value, depth);
}

/** Runs `write` for a field that no type describes. */
function part(name: string, write: () => void): void {
  path.push(name);
  write();
  path.pop();
}

/** Where the value is, as an application would write it. */
function where(): string {
  return path.reduce<string>((all, each, at) => (typeof each === "number" ? `${all}[${each}]` : at && !each.startsWith("[") ? `${all}.${each}` : all + each), "");
}

function tooDeep(): Error {
  return misuse(`${where()}: nested too deep; the limit is ${MAX_DEPTH}.`);
}

function expected(what: string, value: unknown): Error {
  return misuse(`${where()}: expected ${what}, got ${show(value)}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : value === null ? "null" : typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : String(value);
}
