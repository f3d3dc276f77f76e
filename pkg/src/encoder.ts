// Encodes objects as protobuf, the way of a request. What can't be encoded is refused with the place where it stands.

import { isBytes, kindOf } from "./bytes.js";
import { TeraError, misuse, reasonOf } from "./errors.js";
import type { Registry } from "./registry.js";
import { type Entry, type Field, MAX_DEPTH } from "./rows.js";
import { writeText } from "./utf8.js";

// The message being written: the first `end` bytes.
let buffer = new Uint8Array(1024);
let capacity = buffer.length;
let end = 0;
let registry: Registry;
/** Where in the message the value is that is being written, for what is said if it can't be. */
const path: (string | number)[] = [];
/** How many steps of `path` count; 0 while nothing is written. */
let steps = 0;
/** What numbers of a fixed length are written in first. */
const scratch = new DataView(new ArrayBuffer(8));
/** What is larger is not kept for the next message. */
const KEPT = 1 << 16;
/** What is larger no gateway takes, and the module has no room for it. */
const MOST = 1 << 28;
/** Of the numbers of 32 bits that have a sign. */
const LEAST = -0x80000000;

/**
 * The bytes of `object` as a message of the type named, or of any type as a `google.protobuf.Any` if that is "", which hold until
 * the next call; throws `invalid_argument`, naming the field, if it is none.
 */
export function encode(typeName: string, object: object, types: Registry): Uint8Array {
  // What runs while an object is read is the application's: getters, and what proxies do.
  if (steps) throw misuse("Nothing can be sent while a message is read.");
  registry = types;
  if (capacity > KEPT) buffer = new Uint8Array((capacity = KEPT));
  end = 0;
  path[0] = typeName || "message";
  steps = 1;
  try {
    if (typeName) record(types.indexOf(typeName)!, object, 0);
    // What is published becomes part of a TeraEvent.
    else any(object, 1);
    return buffer.subarray(0, end);
  } catch (error) {
    throw error instanceof TeraError ? error : misuse(`${where()}: ${reasonOf(error)}.`);
  } finally {
    steps = 0;
  }
}

/** Makes room for so many bytes and says where. */
function room(count: number): number {
  const at = end;
  end += count;
  if (end > capacity) {
    if (end > MOST) throw new TeraError("too_large", "The message is too large.");
    const larger = new Uint8Array((capacity = end * 2));
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

/** Copies the first bytes of `scratch`. */
function fixed(count: number): void {
  for (let at = 0; at < count; at++) byte(scratch.getUint8(at));
}

/**
 * Puts before what was written since `room(reserved)` gave `start` how long it is, and returns how many bytes that takes.
 * Nothing has to be moved if as many were reserved.
 */
function close(start: number, reserved: number): number {
  const length = end - start - reserved;
  let taken = 1;
  for (let rest = length; rest > 127; rest >>>= 7) taken++;
  if (taken !== reserved) {
    const before = end;
    room(taken - reserved);
    buffer.copyWithin(start + taken, start + reserved, before);
  }
  const whole = end;
  end = start;
  varint(length);
  end = whole;
  return taken;
}

function record(index: number, object: unknown, depth: number): void {
  if (typeof object !== "object" || object === null) throw expected("an object", object);
  if (depth === MAX_DEPTH) throw tooDeep();
  const type = registry.types[index];
  let isEmpty = true;
  for (const name in object) {
    isEmpty = false;
    if (!type.names.has(name)) {
      throw misuse(`${where()}: ${type.name} has no field \`${name}\`.`, `Its fields: ${type.fields.map((f) => f.name).join(", ")}.`);
    }
  }
  // A list, a date or a map has nothing that an object has, either.
  if (isEmpty && kindOf(object) !== "Object") throw expected("an object", object);
  const step = steps++;
  // In the order of their numbers, whatever that of the object is.
  for (const field of type.fields) {
    const { name } = field;
    if (field.isInherited && !Object.hasOwn(object, name)) continue;
    path[step] = name;
    const value = (object as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    if (field.isList) list(field, field.entries ? field.entries(value, expected) : value, depth);
    else member(field, value, depth);
  }
  steps = step;
}

function list(field: Field, value: unknown, depth: number): void {
  if (!Array.isArray(value)) throw expected("an array", value);
  if (!value.length) return;
  const step = steps++;
  let start = 0;
  if (field.isPacked) {
    varint(field.tag);
    start = room(1);
  }
  for (let position = 0; position < value.length; position++) {
    path[step] = field.entries ? `[${show((value[position] as Entry).key)}]` : position;
    if (!field.isPacked) varint(field.tag);
    put(field, value[position], depth);
  }
  if (field.isPacked) close(start, 1);
  steps = step;
}

/** Writes a field that is no list; where it has no presence, its default is left out. */
function member(field: Field, value: unknown, depth: number): void {
  const before = end;
  varint(field.tag);
  let at = end;
  put(field, value, depth);
  if (field.isOptional || field.kind === "m" || field.kind === "a") return;
  // Every default is zeros: an empty string is its length.
  while (at < end && !buffer[at]) at++;
  if (at === end) end = before;
}

function put(field: Field, value: unknown, depth: number): void {
  const { kind, wire } = field;
  switch (kind) {
    case "s":
      string(value);
      break;
    case "b":
      if (typeof value !== "boolean") throw expected("a boolean", value);
      byte(+value);
      break;
    case "w":
      integer32(integer(value, 0), wire);
      break;
    case "l":
      integer32(integer(value, LEAST), wire);
      break;
    case "e":
      integer32(enumNumber(field.index, value), wire);
      break;
    case "f":
    case "d":
      if (typeof value !== "number") throw expected("a number", value);
      if (kind === "f") scratch.setFloat32(0, value, true);
      else scratch.setFloat64(0, value, true);
      fixed(kind === "f" ? 4 : 8);
      break;
    case "i":
    case "u":
      integer64(kind, value, wire);
      break;
    case "y":
      bytes(value);
      break;
    case "m": {
      const { lengthBytes } = field;
      const start = room(lengthBytes);
      record(field.index, value, depth + 1);
      field.lengthBytes = close(start, lengthBytes);
      break;
    }
    case "a": {
      const { lengthBytes } = field;
      const start = room(lengthBytes);
      any(value, depth + 1);
      field.lengthBytes = close(start, lengthBytes);
    }
  }
}

function string(value: unknown): void {
  if (typeof value !== "string") throw expected("a string", value);
  const reserved = value.length > 127 ? 2 : 1;
  const start = room(reserved);
  const at = room(value.length * 3);
  end = at + writeText(value, buffer, at);
  close(start, reserved);
}

function bytes(value: unknown): void {
  if (!isBytes(value)) throw expected("a Uint8Array", value);
  varint(value.length);
  const at = room(value.length);
  buffer.set(value, at);
}

/** `wire` is `x` for four bytes, `z` for zigzag; a negative number is otherwise written as one of 64 bits. */
function integer32(value: number, wire: string): void {
  if (wire === "x") {
    scratch.setInt32(0, value, true);
    fixed(4);
  } else if (wire) varint(((value << 1) ^ (value >> 31)) >>> 0);
  else if (value < 0) varint64(BigInt(value));
  else varint(value);
}

function integer64(kind: string, value: unknown, wire: string): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw expected("a bigint or a safe integer", value);
  const number = BigInt(value as bigint | number);
  const wrapped = kind === "i" ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number);
  if (wrapped !== number) throw misuse(`${where()}: ${number} is out of range.`);
  if (wire === "x") {
    scratch.setBigInt64(0, number, true);
    fixed(8);
  } else varint64(wire ? (number << 1n) ^ (number >> 63n) : number);
}

/** A number of 32 bits, the least of which is `low`. */
function integer(value: unknown, low: number): number {
  if (!Number.isInteger(value)) throw expected("an integer", value);
  const number = value as number;
  const high = low + 0xffffffff;
  if (number < low || number > high) throw misuse(`${where()}: ${number} is out of range; allowed are ${low} to ${high}.`);
  return number;
}

function enumNumber(index: number, value: unknown): number {
  if (typeof value === "number") return integer(value, LEAST);
  const numbers = registry.numbers(index);
  const number = numbers.get(value as string);
  if (number === undefined) throw misuse(`${where()}: ${show(value)} is no such value.`, `Use one of ${[...numbers.keys()].join(", ")}, or a number.`);
  return number;
}

function any(value: unknown, depth: number): void {
  const object = value as { $type?: unknown; typeUrl?: unknown; value?: unknown } | null;
  const name = object?.$type;
  if (name === "Unknown") {
    if (depth === MAX_DEPTH) throw tooDeep();
    byte(10);
    part("typeUrl", () => string(object!.typeUrl));
    byte(18);
    part("value", () => bytes(object!.value));
    return;
  }
  const index = registry.indexOf(name as string);
  if (index === undefined) {
    throw misuse(`${where()}: ${show(name)} is no type of message.`, "Set `$type` to the name of a message.");
  }
  byte(10);
  bytes(registry.url(index));
  byte(18);
  const type = registry.types[index];
  const { lengthBytes } = type;
  const start = room(lengthBytes);
  record(index, value, depth);
  type.lengthBytes = close(start, lengthBytes);
}

/** Runs `write` for a field that no type describes. */
function part(name: string, write: () => void): void {
  path[steps++] = name;
  write();
  steps--;
}

/** Where the value is, as an application would write it. */
function where(): string {
  return path.slice(0, steps).reduce<string>((all, each, at) => (typeof each === "number" ? `${all}[${each}]` : at && !each.startsWith("[") ? `${all}.${each}` : all + each), "");
}

function tooDeep(): Error {
  return misuse(`${where()}: nested too deep; the limit is ${MAX_DEPTH}.`);
}

function expected(what: string, value: unknown): Error {
  return misuse(`${where()}: expected ${what}, got ${show(value)}.`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return Object(value) === value ? kindOf(value) : String(value);
}
