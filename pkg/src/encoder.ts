// Encodes objects as protobuf, the way of a request. What can't be encoded is refused with the place where it stands.

import { misuse } from "./errors.js";
import type { Registry } from "./registry.js";
import type { Field } from "./rows.js";

// The message being written: the first `end` bytes.
let buffer = new Uint8Array(1024);
let end = 0;
let registry: Registry;
const encoder = new TextEncoder();
const wide = new DataView(new ArrayBuffer(8));
/** Of the numbers of 32 bits that have a sign. */
const LEAST = -0x80000000;
/** Deepest nesting, as on the way in. */
const MAX_DEPTH = 16;
/** What is larger is not kept for the next message. */
const KEPT = 1 << 16;

/**
 * The bytes of `object` as a message of the type named, which hold until the next call; throws `invalid_argument`, naming
 * the field, if it is none.
 */
export function encode(typeName: string, object: object, types: Registry): Uint8Array {
  registry = types;
  if (buffer.length > KEPT) buffer = new Uint8Array(KEPT);
  end = 0;
  record(registry.indexOf(typeName)!, object, typeName, 0);
  return buffer.subarray(0, end);
}

/** Makes room for so many bytes and says where. */
function room(count: number): number {
  const at = end;
  end += count;
  if (end > buffer.length) {
    const larger = new Uint8Array(end * 2);
    larger.set(buffer);
    buffer = larger;
  }
  return at;
}

function byte(value: number): void {
  const at = room(1);
  buffer[at] = value;
}

function varint(value: number): void {
  for (; value > 127; value = Math.floor(value / 128)) byte((value % 128) + 128);
  byte(value);
}

function varint64(value: bigint): void {
  let bits = BigInt.asUintN(64, value);
  for (; bits > 127n; bits >>= 7n) byte(Number(bits & 127n) + 128);
  byte(Number(bits));
}

/** Copies the first bytes of `wide`. */
function fixed(count: number): void {
  for (let at = 0; at < count; at++) byte(wide.getUint8(at));
}

/** Writes what `write` writes, and its length before it. */
function nested(write: () => void): void {
  // Most lengths take one byte.
  const start = room(1);
  write();
  const length = end - start - 1;
  if (length > 127) {
    const before = end;
    for (let rest = length; rest > 127; rest >>>= 7) room(1);
    buffer.copyWithin(start + 1 + end - before, start + 1, before);
  }
  const whole = end;
  end = start;
  varint(length);
  end = whole;
}

function record(index: number, object: unknown, path: string, depth: number): void {
  if (typeof object !== "object" || object === null) throw expected(path, "an object", object);
  if (depth === MAX_DEPTH) throw tooDeep(path);
  const type = registry.types[index];
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
    if (field.isMap) map(field, value, fieldPath, depth);
    else if (field.isList) list(field, value, fieldPath, depth);
    else member(field, value, fieldPath, depth);
  }
}

/** A map is a list of its entries, each a message of key and value. */
function map(field: Field, value: unknown, path: string, depth: number): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw expected(path, "an object", value);
  const [keyField, valueField] = registry.types[field.index].fields;
  if (depth + 1 === MAX_DEPTH) throw tooDeep(path);
  for (const [key, item] of Object.entries(value)) {
    const entryPath = `${path}[${JSON.stringify(key.slice(0, 80))}]`;
    tag(field);
    nested(() => {
      member(keyField, mapKey(keyField, key, entryPath), entryPath, depth + 1);
      member(valueField, item, entryPath, depth + 1);
    });
  }
}

/** The key that the name of a property stands for. */
function mapKey({ kind }: Field, key: string, path: string): unknown {
  if (kind === "s") return key;
  if (kind === "b") return key === "true" ? true : key === "false" ? false : key;
  if (!/^-?\d{1,20}$/.test(key)) throw expected(path, "a whole number as the key", key);
  return kind === "i" || kind === "u" ? BigInt(key) : Number(key);
}

function list(field: Field, value: unknown, path: string, depth: number): void {
  if (!Array.isArray(value)) throw expected(path, "an array", value);
  const each = (write: (item: unknown, path: string) => void) => {
    value.forEach((item, position) => write(item, `${path}[${position}]`));
  };
  if (!field.isPacked) {
    each((item, itemPath) => {
      tag(field);
      put(field, item, itemPath, depth);
    });
  } else if (value.length) {
    varint(field.number * 8 + 2);
    nested(() => each((item, itemPath) => put(field, item, itemPath, depth)));
  }
}

/** Writes a field that is no list; where it has no presence, its default is left out. */
function member(field: Field, value: unknown, path: string, depth: number): void {
  const before = end;
  tag(field);
  let at = end;
  put(field, value, path, depth);
  if (field.isOptional || field.kind === "m" || field.kind === "a") return;
  // Every default is zeros: an empty string is its length.
  while (at < end && !buffer[at]) at++;
  if (at === end) end = before;
}

/** Writes a field's number and wire type. */
function tag({ number, kind, wire }: Field): void {
  varint(number * 8 + ("syma".includes(kind) ? 2 : kind === "d" ? 1 : kind === "f" ? 5 : wire !== "x" ? 0 : "iu".includes(kind) ? 1 : 5));
}

function put(field: Field, value: unknown, path: string, depth: number): void {
  const { kind, wire } = field;
  switch (kind) {
    case "s":
      string(value, path);
      break;
    case "b":
      if (typeof value !== "boolean") throw expected(path, "a boolean", value);
      byte(+value);
      break;
    case "w":
      integer32(integer(value, 0, path), wire);
      break;
    case "l":
      integer32(integer(value, LEAST, path), wire);
      break;
    case "e":
      integer32(enumNumber(field.index, value, path), wire);
      break;
    case "f":
    case "d":
      if (typeof value !== "number") throw expected(path, "a number", value);
      if (kind === "f") wide.setFloat32(0, value, true);
      else wide.setFloat64(0, value, true);
      fixed(kind === "f" ? 4 : 8);
      break;
    case "i":
    case "u":
      integer64(kind, value, wire, path);
      break;
    case "y":
      bytes(value, path);
      break;
    case "m":
      nested(() => record(field.index, value, path, depth + 1));
      break;
    case "a":
      nested(() => any(value, path, depth + 1));
  }
}

function string(value: unknown, path: string): void {
  if (typeof value !== "string") throw expected(path, "a string", value);
  nested(() => {
    // A UTF-16 unit takes three bytes at most.
    const at = room(value.length * 3);
    end = at + encoder.encodeInto(value, buffer.subarray(at)).written;
  });
}

function bytes(value: unknown, path: string): void {
  if (!(value instanceof Uint8Array)) throw expected(path, "a Uint8Array", value);
  varint(value.length);
  const at = room(value.length);
  buffer.set(value, at);
}

/** `wire` is `x` for four bytes, `z` for zigzag; a negative number is otherwise written as one of 64 bits. */
function integer32(value: number, wire: string): void {
  if (wire === "x") {
    wide.setInt32(0, value, true);
    fixed(4);
  } else if (wire) varint(((value << 1) ^ (value >> 31)) >>> 0);
  else if (value < 0) varint64(BigInt(value));
  else varint(value);
}

function integer64(kind: string, value: unknown, wire: string, path: string): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw expected(path, "a bigint or a safe integer", value);
  const number = BigInt(value as bigint | number);
  const wrapped = kind === "i" ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number);
  if (wrapped !== number) throw misuse(`${path}: ${number} is out of range.`);
  if (wire === "x") {
    wide.setBigInt64(0, number, true);
    fixed(8);
  } else varint64(wire ? (number << 1n) ^ (number >> 63n) : number);
}

/** A number of 32 bits, the least of which is `low`. */
function integer(value: unknown, low: number, path: string): number {
  if (!Number.isInteger(value)) throw expected(path, "an integer", value);
  const number = value as number;
  const high = low + 0xffffffff;
  if (number < low || number > high) throw misuse(`${path}: ${number} is out of range; allowed are ${low} to ${high}.`);
  return number;
}

function enumNumber(index: number, value: unknown, path: string): number {
  if (typeof value === "number") return integer(value, LEAST, path);
  const numbers = registry.numbers(index);
  const number = numbers.get(value as string);
  if (number === undefined) throw misuse(`${path}: ${show(value)} is no such value.`, `Use one of ${[...numbers.keys()].join(", ")}, or a number.`);
  return number;
}

function any(value: unknown, path: string, depth: number): void {
  const object = value as { $type?: unknown; typeUrl?: unknown; value?: unknown } | null;
  const type = object?.$type;
  if (type === "Unknown") {
    byte(10);
    string(object!.typeUrl, `${path}.typeUrl`);
    byte(18);
    bytes(object!.value, `${path}.value`);
    return;
  }
  const index = registry.indexOf(type as string);
  if (index === undefined) {
    throw misuse(`${path}: ${show(type)} is no message type.`, "Set `$type` to a name of the catalogue, such as \"DeviceEvent\", or to the full name of a registered message.");
  }
  byte(10);
  string(`type.googleapis.com/${registry.fullName(index)}`, path);
  byte(18);
  nested(() => record(index, value, path, depth));
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
