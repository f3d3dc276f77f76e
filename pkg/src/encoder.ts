// Writes objects onto a tape that WebAssembly encodes: the way of a request, one crossing as well. The layout is
// described in crates/protocol/src/tape.rs.

import { ENUMS, MESSAGES } from "./generated/readers.js";
import { misuse } from "./errors.js";

/** A field as the generated table has it: kind, index of its enum or message, presence, first slot. */
interface Field {
  name: string;
  kind: string;
  index: number;
  repeated: boolean;
  explicit: boolean;
  slot: number;
}

interface Type {
  name: string;
  fields: Field[];
  names: Set<string>;
  length: number;
}

/** A message written onto the tape. Its record starts at slot 1. */
export interface Encoded {
  slots: Int32Array;
  text: string;
  blob: Uint8Array;
}

const TWO_SLOTS = "diusy";
const types: Type[] = [];
const indexOf = new Map<string, number>();

function load(): void {
  if (types.length) return;
  for (const row of MESSAGES) {
    const [name, ...rest] = row.split(" ");
    const type: Type = { name, fields: [], names: new Set(["$type", "$header"]), length: 1 };
    for (const entry of rest) {
      const [, fieldName, presence, kind, index] = /^(\w+):([?*]?)(\w)(\d*)$/.exec(entry)!;
      const isRecord = kind === "m" || kind === "a";
      const width = isRecord || !TWO_SLOTS.includes(kind) ? 1 : 2;
      const repeated = presence === "*";
      const explicit = presence === "?" && !isRecord;
      type.fields.push({ name: fieldName, kind, index: +index, repeated, explicit, slot: type.length });
      type.names.add(fieldName);
      type.length += repeated ? 3 : width + +explicit;
    }
    indexOf.set(name, types.length);
    types.push(type);
  }
}

// The tape being written.
let slots: number[] = [];
let text = "";
let blobs: Uint8Array[] = [];
let blobLength = 0;
const wide = new DataView(new ArrayBuffer(8));
/** Deepest nesting, as on the way in. */
const MAX_DEPTH = 16;

/** Writes `object` as a message of the type named; throws `invalid_argument`, naming the field, if it is none. */
export function encode(typeName: string, object: object): Encoded {
  load();
  slots = [0];
  text = "";
  blobs = [];
  blobLength = 0;
  record(indexOf.get(typeName)!, object, typeName, 0);
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
  if (depth === MAX_DEPTH) throw misuse(`${path}: nested too deep; the limit is ${MAX_DEPTH}.`);
  const type = types[index];
  const at = slots.length;
  slots.push(index);
  for (let slot = 1; slot < type.length; slot++) slots.push(0);
  for (const name in object) {
    if (!type.names.has(name)) {
      throw misuse(`${path}: ${type.name} has no field \`${name}\`.`, `Its fields: ${type.fields.map((f) => f.name).join(", ")}.`);
    }
  }
  for (const field of type.fields) {
    const value = (object as Record<string, unknown>)[field.name];
    if (value === undefined || value === null) continue;
    const fieldPath = `${path}.${field.name}`;
    if (field.repeated) list(field, value, at + field.slot, fieldPath, depth);
    else if (field.explicit) {
      slots[at + field.slot] = 1;
      put(field, value, at + field.slot + 1, fieldPath, depth);
    } else put(field, value, at + field.slot, fieldPath, depth);
  }
  return at;
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
      if (typeof value !== "string") throw expected(path, "a string", value);
      slots[at] = text.length;
      text += value;
      slots[at + 1] = text.length;
      break;
    case "b":
      if (typeof value !== "boolean") throw expected(path, "a boolean", value);
      slots[at] = +value;
      break;
    case "w":
      slots[at] = integer(value, 0, 0xffffffff, path);
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
      if (!(value instanceof Uint8Array)) throw expected(path, "a Uint8Array", value);
      slots[at] = blobLength;
      blobLength += value.length;
      slots[at + 1] = blobLength;
      blobs.push(value);
      break;
    case "m":
      slots[at] = record(field.index, value, path, depth + 1);
      break;
    case "a":
      slots[at] = any(value, path, depth + 1);
  }
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
  const number = ENUMS[index].indexOf(value as string);
  if (number < 0) throw misuse(`${path}: ${show(value)} is no such value.`, `Use one of ${ENUMS[index].join(", ")}, or a number.`);
  return number;
}

function any(value: unknown, path: string, depth: number): number {
  const object = value as { $type?: unknown; typeUrl?: unknown; value?: unknown } | null;
  const type = object?.$type;
  if (type === "Unknown") {
    const at = slots.length;
    slots.push(-1, 0, 0, 0, 0);
    const field: Field = { name: "", kind: "s", index: 0, repeated: false, explicit: false, slot: 0 };
    put(field, object!.typeUrl, at + 1, `${path}.typeUrl`, depth);
    put({ ...field, kind: "y" }, object!.value, at + 3, `${path}.value`, depth);
    return at;
  }
  const index = indexOf.get(type as string);
  if (index === undefined || (type as string).includes(".")) {
    throw misuse(`${path}: ${show(type)} is no message type.`, "Set `$type` to a name of the catalogue, such as \"DeviceEvent\".");
  }
  return record(index, value, path, depth);
}

function expected(path: string, what: string, value: unknown): Error {
  return misuse(`${path}: expected ${what}, got ${show(value)}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : value === null ? "null" : typeof value === "object" || typeof value === "function" ? `a ${typeof value}` : String(value);
}
