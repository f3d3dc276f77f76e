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
let slots: number[] = [];
let text = "";
let blobs: Uint8Array[] = [];
let blobLength = 0;
let registry: Registry;
const wide = new DataView(new ArrayBuffer(8));
/** Deepest nesting, as on the way in. */
const MAX_DEPTH = 16;

/** Writes `object` as a message of the type named; throws `invalid_argument`, naming the field, if it is none. */
export function encode(typeName: string, object: object, types: Registry): Encoded {
  registry = types;
  slots = [0];
  text = "";
  blobs = [];
  blobLength = 0;
  record(registry.indexOf(typeName)!, object, typeName, 0);
  const blob = new Uint8Array(blobLength);
  let offset = 0;
  for (const part of blobs) {
    blob.set(part, offset);
    offset += part.length;
  }
  return { slots: Int32Array.from(slots), text, blob };
}

function record(index: number, object: unknown, path: string, depth: number): number {
  if (typeof object !== "object" || object === null) throw misuse(`${path}: expected an object, got ${show(object)}.`);
  if (depth === MAX_DEPTH) throw tooDeep(path);
  const type = registry.types[index];
  const at = begin(index);
  for (const name in object) {
    if (!type.names.has(name)) {
      throw misuse(`${path}: ${type.name} has no field \`${name}\`.`, `Its fields: ${type.fields.map((f) => f.name).join(", ")}.`);
    }
  }
  for (const field of type.fields) {
    const value = (object as Record<string, unknown>)[field.name];
    // A field may be named as something that every object inherits.
    if (value === undefined || value === null || value === (Object.prototype as Record<string, unknown>)[field.name]) continue;
    const fieldPath = `${path}.${field.name}`;
    if (field.isMap) map(field, value, at + field.slot, fieldPath, depth);
    else if (field.isList) list(field, value, at + field.slot, fieldPath, depth);
    else if (field.isOptional) {
      slots[at + field.slot] = 1;
      put(field, value, at + field.slot + 1, fieldPath, depth);
    } else put(field, value, at + field.slot, fieldPath, depth);
  }
  return at;
}

/** Adds an empty record of this type. */
function begin(index: number): number {
  const at = slots.length;
  slots.push(index);
  for (let slot = registry.types[index].length; slot > 1; slot--) slots.push(0);
  return at;
}

/** A map is a list of its entries, each a record of key and value. */
function map(field: Field, value: unknown, at: number, path: string, depth: number): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected(path, "an object", value);
  const [keyField, valueField] = registry.types[field.index].fields;
  if (depth + 1 === MAX_DEPTH) throw tooDeep(path);
  const entries = Object.entries(value);
  let link = at + 1;
  for (const [key, item] of entries) {
    const entryPath = `${path}[${JSON.stringify(key.slice(0, 80))}]`;
    const element = slots.length;
    slots.push(0, 0);
    slots[link] = element;
    link = element;
    const entry = begin(field.index);
    slots[element + 1] = entry;
    put(keyField, mapKey(keyField, key, entryPath), entry + keyField.slot, entryPath, depth + 1);
    put(valueField, item, entry + valueField.slot, entryPath, depth + 1);
  }
  slots[at] = entries.length;
}

/** The key that the name of a property stands for. */
function mapKey({ kind }: Field, key: string, path: string): unknown {
  if (kind === "s") return key;
  if (kind === "b") return key === "true" ? true : key === "false" ? false : key;
  if (!/^-?\d{1,20}$/.test(key)) throw expected(path, "a whole number as the key", key);
  return kind === "i" || kind === "u" ? BigInt(key) : Number(key);
}

function list(field: Field, value: unknown, at: number, path: string, depth: number): void {
  if (!Array.isArray(value)) throw misuse(`${path}: expected an array, got ${show(value)}.`);
  let link = at + 1;
  value.forEach((item: unknown, position) => {
    const element = slots.length;
    slots.push(0, 0, 0);
    slots[link] = element;
    link = element;
    put(field, item, element + 1, `${path}[${position}]`, depth);
  });
  slots[at] = value.length;
}

function put(field: Field, value: unknown, at: number, path: string, depth: number): void {
  switch (field.kind) {
    case "s":
      string(value, at, path);
      break;
    case "b":
      if (typeof value !== "boolean") throw expected(path, "a boolean", value);
      slots[at] = +value;
      break;
    case "w":
      slots[at] = integer(value, 0, 0xffffffff, path);
      break;
    case "l":
      slots[at] = integer(value, -0x80000000, 0x7fffffff, path);
      break;
    case "e":
      slots[at] = enumNumber(field.index, value, path);
      break;
    case "f":
      if (typeof value !== "number") throw expected(path, "a number", value);
      wide.setFloat32(0, value, true);
      slots[at] = wide.getInt32(0, true);
      break;
    case "d":
      if (typeof value !== "number") throw expected(path, "a number", value);
      wide.setFloat64(0, value, true);
      putWide(at);
      break;
    case "i":
    case "u":
      putInteger(field.kind, value, path);
      putWide(at);
      break;
    case "y":
      bytes(value, at, path);
      break;
    case "m":
      slots[at] = record(field.index, value, path, depth + 1);
      break;
    case "a":
      slots[at] = any(value, path, depth + 1);
  }
}

function string(value: unknown, at: number, path: string): void {
  if (typeof value !== "string") throw expected(path, "a string", value);
  slots[at] = text.length;
  text += value;
  slots[at + 1] = text.length;
}

function bytes(value: unknown, at: number, path: string): void {
  if (!(value instanceof Uint8Array)) throw expected(path, "a Uint8Array", value);
  slots[at] = blobLength;
  blobLength += value.length;
  slots[at + 1] = blobLength;
  blobs.push(value);
}

function putWide(at: number): void {
  slots[at] = wide.getInt32(0, true);
  slots[at + 1] = wide.getInt32(4, true);
}

function putInteger(kind: string, value: unknown, path: string): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw expected(path, "a bigint or a safe integer", value);
  const number = BigInt(value as bigint | number);
  const wrapped = kind === "i" ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number);
  if (wrapped !== number) throw misuse(`${path}: ${number} is out of range.`);
  wide.setBigUint64(0, BigInt.asUintN(64, number), true);
}

function integer(value: unknown, low: number, high: number, path: string): number {
  if (!Number.isInteger(value)) throw expected(path, "an integer", value);
  const number = value as number;
  if (number < low || number > high) throw misuse(`${path}: ${number} is out of range; allowed are ${low} to ${high}.`);
  return number | 0;
}

function enumNumber(index: number, value: unknown, path: string): number {
  if (typeof value === "number") return integer(value, -0x80000000, 0x7fffffff, path);
  const numbers = registry.numbers(index);
  const number = numbers.get(value as string);
  if (number === undefined) throw misuse(`${path}: ${show(value)} is no such value.`, `Use one of ${[...numbers.keys()].join(", ")}, or a number.`);
  return number;
}

function any(value: unknown, path: string, depth: number): number {
  const object = value as { $type?: unknown; typeUrl?: unknown; value?: unknown } | null;
  const type = object?.$type;
  if (type === "Unknown") {
    const at = slots.length;
    slots.push(-1, 0, 0, 0, 0);
    string(object!.typeUrl, at + 1, `${path}.typeUrl`);
    bytes(object!.value, at + 3, `${path}.value`);
    return at;
  }
  const index = registry.indexOf(type as string);
  if (index === undefined) {
    throw misuse(`${path}: ${show(type)} is no message type.`, "Set `$type` to a name of the catalogue, such as \"DeviceEvent\", or to the full name of a registered message.");
  }
  return record(index, value, path, depth);
}

function tooDeep(path: string): Error {
  return misuse(`${path}: nested too deep; the limit is ${MAX_DEPTH}.`);
}

function expected(path: string, what: string, value: unknown): Error {
  return misuse(`${path}: expected ${what}, got ${show(value)}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : value === null ? "null" : typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : String(value);
}
