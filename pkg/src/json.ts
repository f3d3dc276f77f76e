// Builds the same objects from the JSON text that OpenTera servers send: parsed by the engine, then shaped and checked by
// the readers, generated or made by the registry, which call the functions here. Source: the proto3 JSON mapping, as servers
// write it. It comes with the first text, in a script of its own.

import { type AnyMessage, TERA_EVENT, TERA_EVENT_HEADER } from "./generated/messages.js";
import { FROM_JSON, type FromJson } from "./generated/text.js";
import { PACKAGE, type Registry } from "./registry.js";
import type { Header, Payload } from "./tape.js";
import { wrong } from "./wrong.js";

/** Deepest nesting of messages, as in WebAssembly. */
const MAX_DEPTH = 16;

/** Most type URLs remembered; a server that varies their prefix can't fill the memory. */
const MAX_URLS = 16;

let depth = 0;
/** Type URLs seen lately and their types, of the registry in use. */
let urls: string[] = [];
let types: number[] = [];
let invalid: string[] = [];
let registry: Registry;

/** What reads values, by the letters of their kinds. `additions.ts` makes readers of these. */
export const READERS = {
  json: { d: double, f: float, i: int64, u: uint64, l: int32, w: uint32, b: bool, s: string, y: bytes, e: enumName, m: message, a: any } as Record<
    string,
    (value: unknown, index: number) => unknown
  >,
  jsonList: list,
  jsonOptional: optional,
  jsonMap: map,
  jsonEmpty: empty,
};

/** What builds a registry's messages, by their indices. */
export function readersOf({ fromJson }: Registry): FromJson[] {
  if (!fromJson.length) fromJson.push(...FROM_JSON);
  return fromJson;
}

export function string(value: unknown): string {
  if (typeof value === "string") return value;
  return value == null ? "" : wrong("a string", value);
}

export function bool(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return value == null ? false : wrong("a boolean", value);
}

export function double(value: unknown): number {
  return Number.isFinite(value) ? (value as number) : otherNumber(value);
}

/** What is no number as JSON has them, but "NaN", "Infinity", "-Infinity", or a number as text. */
function otherNumber(value: unknown): number {
  if (value == null) return 0;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  const number = decimal(value);
  return Number.isFinite(number) ? number : wrong("a number", value);
}

/** A number by its text; `NaN` if that is none, or no text. */
function decimal(text: unknown): number {
  return typeof text === "string" && /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
}

export function float(value: unknown): number {
  const number = double(value);
  const rounded = Math.fround(number);
  return Number.isFinite(number) && !Number.isFinite(rounded) ? wrong("a float", value) : rounded;
}

export function uint32(value: unknown): number {
  const number = double(value);
  return number >>> 0 === number ? number >>> 0 : wrong("a uint32", value);
}

export function int32(value: unknown): number {
  const number = double(value);
  return (number | 0) === number ? number | 0 : wrong("an int32", value);
}

export function int64(value: unknown): bigint {
  return integer(value, BigInt.asIntN);
}

export function uint64(value: unknown): bigint {
  return integer(value, BigInt.asUintN);
}

function integer(value: unknown, wrap: (bits: number, value: bigint) => bigint): bigint {
  if (value == null) return 0n;
  const whole = typeof value === "string" && /^-?\d{1,20}$/.test(value) ? value : double(value);
  if (typeof whole === "number" && !Number.isInteger(whole)) return wrong("a 64-bit integer", value);
  const number = BigInt(whole);
  return wrap(64, number) === number ? number : wrong("a 64-bit integer", value);
}

export function bytes(value: unknown): Uint8Array {
  try {
    const binary = atob(string(value).replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return wrong("base64", value);
  }
}

/** A name as it is, a number as its name; a name that this version doesn't know is the default, as for the reference. */
export function enumName(value: unknown, index: number): string | number {
  const names = registry.enums[index];
  if (typeof value === "string" && Array.isArray(names)) {
    // Comparing a string that was just made is quicker than hashing it; most names differ in length.
    for (let number = 0; number < names.length; number++) if (names[number] === value) return names[number];
  }
  const number = typeof value === "string" ? numberOf(value, index) : double(value);
  return (number | 0) === number ? (names[number] ?? number | 0) : wrong("an enum value", value);
}

/** The number of an enum's name, or that is given as text. */
function numberOf(name: string, index: number): number {
  const number = decimal(name);
  return registry.numbers(index).get(name) ?? (Number.isNaN(number) ? 0 : number);
}

export function message(value: unknown, index: number): unknown {
  if (value === undefined || (value === null && index !== registry.nullable)) return undefined;
  if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
  const built = registry.fromJson[index](object(value, index), undefined);
  depth--;
  return built;
}

/** What the reader of this message takes: the object that stands for it. */
function object(value: unknown, index: number): unknown {
  const spelt = registry.wellKnown.get(index);
  if (spelt) return spelt(value);
  return typeof value === "object" ? value : wrong("an object", value);
}

/** An object whose properties are the entries of a map; `readKey` reads a key from its text, `read` a value. */
export function map(value: unknown, readKey: (key: string) => unknown, read: (value: unknown, index: number) => unknown, index: number): unknown {
  const entries: Record<string, unknown> = Object.create(null);
  if (value == null) return entries;
  if (typeof value !== "object" || Array.isArray(value)) return wrong("an object", value);
  if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    entries[String(readKey(key))] = item === null ? nullElement(read, index) : read(item, index);
  }
  depth--;
  return entries;
}

/** The message that a map's entry holds if it has no value. */
function empty(known: Registry, index: number): unknown {
  use(known);
  return known.fromJson[index]({}, undefined);
}

export function any(value: unknown): AnyMessage | undefined {
  return value == null ? undefined : anyObject(value, undefined);
}

export function optional<T>(value: unknown, read: (value: unknown, index: number) => T, index = 0): T | undefined {
  return value == null && (value === undefined || !takesNull(read, index)) ? undefined : read(value, index);
}

/** A list, in the array that was parsed, which nobody else has: another one would have to be made and would have to grow. */
export function list<T>(value: unknown, read: (value: unknown, index: number) => T, index = 0): T[] {
  if (value == null) return [];
  if (!Array.isArray(value)) return wrong("an array", value);
  let at = 0;
  for (const each of value) value[at++] = each === null ? nullElement(read, index) : read(each, index);
  return value;
}

/** What `null` stands for where nothing can be absent. */
function nullElement<T>(read: (value: unknown, index: number) => T, index: number): T {
  return takesNull(read, index) ? read(null, index) : wrong("a value", null);
}

/** Whether JSON spells a value of this kind `null`: the Value of google.protobuf that holds nothing, and NullValue, known by its name. */
function takesNull(read: unknown, index: number): boolean {
  return read === message ? index === registry.nullable : read === enumName && registry.enums[index][0] === "NULL_VALUE";
}

/** The same of a payload's own messages, without those that can't be read. Engines inline what a loop always calls. */
function anys(value: unknown, header: Header | undefined): AnyMessage[] {
  if (value == null) return [];
  if (!Array.isArray(value)) return wrong("an array", value);
  let length = 0;
  for (const each of value) {
    const item = anyObject(each, header);
    if (item) value[length++] = item;
  }
  if (length < value.length) value.length = length;
  return value;
}

/** The index of the type that a URL names. As with names of enums, comparing is quicker than hashing. */
function typeOf(url: string): number | undefined {
  for (let at = 0; at < urls.length; at++) if (urls[at] === url) return types[at];
  const type = find(url.slice(url.lastIndexOf("/") + 1));
  // One that is unknown may be registered later.
  if (type !== undefined && urls.length < MAX_URLS) types[urls.push(url) - 1] = type;
  return type;
}

function find(name: string): number | undefined {
  const ofCatalogue = registry.types.findIndex((type, index) => index < FROM_JSON.length && PACKAGE + type.name === name);
  if (ofCatalogue >= 0) return ofCatalogue;
  const index = registry.names.get(name);
  return index !== undefined && index >= FROM_JSON.length ? index : undefined;
}

/** A message in an Any; one of the payload's own that can't be read is reported and absent. */
function anyObject(json: unknown, header: Header | undefined): AnyMessage | undefined {
  const url = (json as { "@type"?: unknown } | null)?.["@type"];
  if (typeof url !== "string") return untyped(json, header);
  const type = typeOf(url);
  if (type === undefined) return unknown(url, json, header);
  const outer = depth;
  try {
    if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
    const spelt = type < FROM_JSON.length ? undefined : registry.wellKnown.get(type);
    return registry.fromJson[type](spelt ? spelt((json as { value?: unknown }).value) : json, header);
  } catch (error) {
    // A part that can't be read makes its whole message unreadable.
    if (outer > 0) throw error;
    invalid.push(`A message of type ${url} can't be read: ${(error as Error).message}.`);
    return undefined;
  } finally {
    depth = outer;
  }
}

/** An Any without type: one that is empty is written as `{}`. */
function untyped(json: unknown, header: Header | undefined): AnyMessage | undefined {
  if (typeof json === "object" && json && !Array.isArray(json) && !Object.keys(json).length) return unknown("", json, header);
  try {
    return wrong("an object with an `@type`", json);
  } catch (error) {
    if (depth > 0) throw error;
    invalid.push(`A message can't be read: ${(error as Error).message}.`);
    return undefined;
  }
}

function unknown(typeUrl: string, json: unknown, $header: Header | undefined): AnyMessage {
  return { $type: "Unknown", typeUrl, value: new Uint8Array(), json, $header } as AnyMessage;
}

/** Reads with the tables of this registry from now on. */
function use(known: Registry): void {
  if (registry === known) return;
  registry = known;
  readersOf(known);
  urls = [];
  types = [];
}

/** Reads the JSON of a TeraMessage, or of a signal: its payload, or a sentence that says what is wrong. */
export function parse(text: string, known: Registry): Payload | string {
  try {
    use(known);
    invalid = [];
    depth = 0;
    const json = JSON.parse(text) as { message?: unknown; signalType?: unknown } | null;
    if (json?.signalType) return { messages: [], invalid, isEvent: false, signal: json };
    const root = json?.message as Record<string, unknown> | undefined;
    if (typeof root !== "object" || root === null) return "The text is no TeraMessage: it has no `message`.";
    const url = root["@type"];
    if (typeof url !== "string") return "The text is no TeraMessage: its `message` has no `@type`.";
    if (typeOf(url) !== TERA_EVENT) {
      const one = anyObject(root, undefined);
      return { messages: one ? [one] : [], invalid, isEvent: false };
    }
    const header = message(root.header, TERA_EVENT_HEADER) as Header | undefined;
    return { messages: anys(root.events, header), invalid, isEvent: true };
  } catch (error) {
    return `The text is no TeraMessage: ${(error as Error).message}.`;
  }
}
