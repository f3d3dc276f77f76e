// Adds registered messages to a client's registry. This comes with the first registration, in a script of its own, so it
// shares no state with the other: it is given the functions that read values, and makes readers of messages from them.

import { isBytes } from "./bytes.js";
import type { misuse } from "./errors.js";
import type { FromTape } from "./generated/readers.js";
import type { FromJson } from "./generated/text.js";
import type { READERS as FROM_TEXT } from "./json.js";
import type { Compile, WasmSource } from "./load.js";
import type { Link } from "./module.js";
import { Registrar } from "./registrar.js";
import type { READERS, Registry } from "./registry.js";
import { type Entry, type Field, type Type, parseType } from "./rows.js";
import { wellKnown } from "./wellknown.js";

/** What reads values, from the tape and from JSON. */
type Readers = typeof READERS & typeof FROM_TEXT;

/** What registering takes. */
export interface Registration {
  register: typeof register;
  /** A registrar that knows the catalogue only. */
  start(): Promise<Registrar>;
}

/** Loads the registrar's module, from `source` if no other place is given; `compile` is the other script's. */
export function loader(source: () => WasmSource): (given: WasmSource | undefined, compile: Compile) => Promise<Registration> {
  return async (given, compile) => {
    const module = await compile(given, source);
    const start = () => Registrar.start(module);
    // Whether it is the registrar's at all shows when it is started.
    await start();
    return { register, start };
  };
}

/** Adds what is new in a descriptor set to a client's tables, on both sides. `refused` makes the error for one that is refused. */
function register(registrar: Registrar, set: Uint8Array, link: Link, registry: Registry, readers: Readers, refused: typeof misuse): void {
  if (!isBytes(set)) throw refused("The descriptors must be a Uint8Array.");
  const added = registrar.register(set);
  if (added.refusal !== undefined) throw refused(added.refusal, added.help);
  const { rows, description } = added;
  // All of it is read before anything is changed, so nothing is half done whatever it holds.
  const lines = linesOf(description);
  link.register(rows, description);
  new Additions(registry, readers).add(lines);
}

/** A line of a description; `type` is the message that it describes, if it does. */
interface Line {
  sort: string;
  parts: string[];
  type: Type | undefined;
}

function linesOf(description: string): Line[] {
  return description.split("\n").slice(0, -1).map((line) => {
    const [sort, ...parts] = line.split("\t");
    return { sort, parts, type: sort === "m" || sort === "k" ? parseType(parts) : undefined };
  });
}

/** Adds types to a registry. */
class Additions {
  readonly #registry: Registry;
  readonly #readers: Readers;

  /** To a registry that has the catalogue's readers of JSON. */
  constructor(registry: Registry, readers: Readers) {
    this.#registry = registry;
    this.#readers = readers;
  }

  /** Adds the types of a description. */
  add(lines: Line[]): void {
    for (const { sort, parts, type } of lines) {
      if (type) this.#addMessage(type, sort === "k");
      else if (sort === "e") this.#addEnum(parts.slice(1));
      else this.#registry.types.at(-1)!.rules = parts;
    }
  }

  #addEnum(values: string[]): void {
    const names: { [number: number]: string } = Object.create(null);
    const numbers = new Map<string, number>();
    for (const value of values) {
      const [number, name] = value.split(":");
      numbers.set(name, +number);
      names[+number] ??= name;
    }
    this.#registry.enumNumbers[this.#registry.enums.push(names) - 1] = numbers;
  }

  #addMessage(type: Type, isEntry: boolean): void {
    const registry = this.#registry;
    const index = registry.types.push(type) - 1;
    for (const field of type.fields) {
      if (field.isMap) field.entries = (value, expected) => entriesOf(value, registry.types[field.index].fields[0], expected);
    }
    registry.fromTape.push(isEntry ? this.#entryFromTape(type) : this.#fromTape(type));
    registry.fromJson.push(this.#fromJson(type));
    if (isEntry) return;
    registry.names.set(type.name, index);
    const spelt = wellKnown(type.name);
    if (spelt) registry.wellKnown.set(index, spelt);
    if (type.name === "google.protobuf.Value") registry.nullable = index;
  }

  #fromTape({ name, fields }: Type): FromTape {
    return (at, $header) => {
      const object: Record<string, unknown> = { $type: name };
      for (const field of fields) object[field.name] = this.#fieldFromTape(field, at + field.slot);
      object.$header = $header;
      return object;
    };
  }

  /** Of an entry, key and value. A value that is absent is an empty one. */
  #entryFromTape({ fields: [key, value] }: Type): FromTape {
    const { tape, jsonEmpty } = this.#readers;
    return (at) => [
      tape[key.kind](at + key.slot, 0),
      tape[value.kind](at + value.slot, value.index) ??
        (value.kind === "a"
          ? { $type: "Unknown", typeUrl: "", value: new Uint8Array(), $header: undefined }
          : jsonEmpty(this.#registry, value.index)),
    ];
  }

  #fromJson({ name, fields }: Type): FromJson {
    return (value: Record<string, unknown>, $header) => {
      const object: Record<string, unknown> = { $type: name };
      for (const field of fields) object[field.name] = this.#readers.jsonField(field, own(value, field.name));
      object.$header = $header;
      return object;
    };
  }

  #fieldFromTape({ kind, index, isList, isMap, isOptional }: Field, at: number): unknown {
    const { tape, tapeAnys, tapeList, tapeOptional } = this.#readers;
    const read = tape[kind];
    if (isMap) {
      const entries: Record<string, unknown> = Object.create(null);
      for (const [key, value] of tapeList(at, read, index) as [unknown, unknown][]) entries[String(key)] = value;
      return entries;
    }
    if (isList) return kind === "a" ? tapeAnys(at) : tapeList(at, read, index);
    return isOptional ? tapeOptional(at, read, index) : read(at, index);
  }
}

/** The entries that an object's properties stand for. A key that is none of its kind is for the encoder to refuse. */
function entriesOf(value: unknown, { kind }: Field, expected: (what: string, value: unknown) => Error): Entry[] {
  // A Map, a Set or a Date has no properties, but is no empty map for that.
  if (Object.prototype.toString.call(value) !== "[object Object]") throw expected("an object", value);
  return Object.entries(value as object).map(([name, item]) => {
    if (item === undefined || item === null) throw expected(`a value of ${JSON.stringify(name)}`, item);
    return { key: keyOf(name), value: item };
  });

  function keyOf(name: string): unknown {
    if (kind === "b") return name === "true" || (name !== "false" && name);
    if (kind === "s" || !/^-?\d{1,20}$/.test(name)) return name;
    return kind === "i" || kind === "u" ? BigInt(name) : Number(name);
  }
}

/** A property, unless it is something that every object inherits. */
function own(object: Record<string, unknown>, name: string): unknown {
  const value = object[name];
  return value === (Object.prototype as unknown as Record<string, unknown>)[name] ? undefined : value;
}
