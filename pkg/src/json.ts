// Builds the same objects from the JSON text that OpenTera servers send: parsed by the engine, then shaped and checked by
// the readers, generated or made by the registry, which call the functions here. Source: the proto3 JSON mapping, as servers
// write it. It comes with the first text, in a script of its own.

import { type AnyMessage, TERA_EVENT, TERA_EVENT_HEADER } from "./generated/messages.js";
import { FROM_JSON, type FromJson } from "./generated/text.js";
import { PACKAGE, type Registry } from "./registry.js";
import { type Field, MAX_DEPTH } from "./rows.js";
import { absent, begin, bool, bytes, decimal, double, float, int32, int64, lacks, string, uint32, uint64 } from "./scalars.js";
import type { Header, Payload } from "./tape.js";
import { wrong } from "./wrong.js";

export * from "./scalars.js";

/** Most type URLs remembered; a server that varies their prefix can't fill the memory. */
const MAX_URLS = 16;

/** How deep the message is that is being read; WebAssembly too counts the TeraEvent around the others. */
let depth = 0;
/** Type URLs seen lately and their types, of the registry in use. */
let urls: string[] = [];
let types: number[] = [];
let invalid: string[] = [];
let registry: Registry;

/** What reads values, by the letters of their kinds. */
const KINDS: Record<string, (value: unknown, index: number) => unknown> = {
  d: double, f: float, i: int64, u: uint64, l: int32, w: uint32, b: bool, s: string, y: bytes, e: enumName, m: message, a: any,
};

/** What `additions.ts` makes readers of. */
export const READERS = { jsonField: fieldOf, jsonEmpty: empty };

/** What builds a registry's messages, by their indices. */
export function readersOf({ fromJson }: Registry): FromJson[] {
  if (!fromJson.length) fromJson.push(...FROM_JSON);
  return fromJson;
}

/** A name as it is, a number as its name; a name that this version doesn't know is the default, where something has to be. */
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

/** Whether this is a name of an enum's value that this version doesn't know: where nothing has to be, it is nothing. */
function isUnheard(read: unknown, value: unknown, index: number): boolean {
  return read === enumName && typeof value === "string" && Number.isNaN(decimal(value)) && !registry.numbers(index).has(value);
}

export function message(value: unknown, index: number): unknown {
  if (value === undefined || (value === null && index !== registry.nullable)) return absent(undefined);
  if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
  const built = fieldsOf(object(value, index), index, undefined);
  depth--;
  return built;
}

/** The message of this index that an object holds. */
function fieldsOf(json: unknown, index: number, header: Header | undefined): AnyMessage {
  const built = registry.fromJson[index](json, header);
  if (lacks) addOthers(built, json as Record<string, unknown>, index);
  return built;
}

/** Adds the fields that go by their names in the definition, such as `device_name` for `deviceName`. Usual ones never come here. */
function addOthers(built: Record<string, unknown>, json: Record<string, unknown>, index: number): void {
  for (const key in json) {
    if (!key.includes("_")) continue;
    const { fields, names } = registry.types[index];
    const name = key.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
    if (names.has(key) || !names.has(name) || Object.hasOwn(json, name)) continue;
    const field = fields.find((field) => field.name === name);
    if (field) built[name] = fieldOf(field, json[key]);
  }
}

/** A field by its row. */
function fieldOf({ kind, index, isList, isMap, isOptional }: Field, value: unknown): unknown {
  const read = KINDS[kind];
  if (isMap) return map(value, registry.types[index].fields);
  if (isList) return list(value, read, index);
  return isOptional ? optional(value, read, index) : read(value, index);
}

/** What the reader of this message takes: the object that stands for it. */
function object(value: unknown, index: number): unknown {
  const spelt = registry.wellKnown.get(index);
  if (spelt) return spelt(value);
  return typeof value === "object" && !Array.isArray(value) ? value : wrong("an object", value);
}

/** An object whose properties are the entries of a map. */
function map(value: unknown, [key, { kind, index }]: Field[]): unknown {
  const entries: Record<string, unknown> = Object.create(null);
  if (value == null) return absent(entries);
  if (typeof value !== "object" || Array.isArray(value)) return wrong("an object", value);
  if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
  const read = KINDS[kind];
  for (const name of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[name];
    if (isUnheard(read, item, index)) continue;
    entries[String(key.kind === "b" ? boolKey(name) : KINDS[key.kind](name, 0))] = item === null ? nullElement(read, index) : read(item, index);
  }
  depth--;
  return entries;
}

function boolKey(key: string): boolean {
  return key === "true" || (key === "false" ? false : wrong("true or false", key));
}

/** The message that a map's entry holds if it has no value. */
function empty(known: Registry, index: number): unknown {
  use(known);
  return known.fromJson[index]({}, undefined);
}

export function any(value: unknown): AnyMessage | undefined {
  return value == null ? absent(undefined) : anyObject(value, undefined);
}

export function optional<T>(value: unknown, read: (value: unknown, index: number) => T, index = 0): T | undefined {
  const isAbsent = value == null && (value === undefined || !takesNull(read, index));
  return isAbsent || isUnheard(read, value, index) ? absent(undefined) : read(value, index);
}

/** A list, in the array that was parsed, which nobody else has: another one would have to be made and would have to grow. */
export function list<T>(value: unknown, read: (value: unknown, index: number) => T, index = 0): T[] {
  if (value == null) return absent([]);
  if (!Array.isArray(value)) return wrong("an array", value);
  let length = 0;
  for (const each of value) if (!isUnheard(read, each, index)) value[length++] = each === null ? nullElement(read, index) : read(each, index);
  if (length < value.length) value.length = length;
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
  if (outer === 0) begin();
  try {
    if (++depth > MAX_DEPTH) throw new Error("messages are nested too deep");
    const spelt = type < FROM_JSON.length ? undefined : registry.wellKnown.get(type);
    return fieldsOf(spelt ? spelt((json as { value?: unknown }).value) : json, type, header);
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
