// The types that a client knows: those of the catalogue, and those that the application registered. The registrar checks
// descriptors and describes what is new; here it becomes readers and tables. How a description looks is said in
// crates/registrar/src/lib.rs.

import { ENUMS, type FromJson, type FromTape, FROM_JSON, FROM_TAPE, MESSAGES } from "./generated/readers.js";
import * as json from "./json.js";
import * as tape from "./tape.js";
import { wellKnown } from "./wellknown.js";

/** A field of a message. */
export interface Field {
  name: string;
  /** A letter; what each means is said beside the description's format. */
  kind: string;
  /** Of its enum or message. */
  index: number;
  isList: boolean;
  isMap: boolean;
  /** Whether it has a flag in front of its value that says if it is set. */
  isOptional: boolean;
  /** Its first slot in the message's record. */
  slot: number;
}

/** A message; `name` is its `$type`. */
export interface Type {
  name: string;
  fields: Field[];
  names: Set<string>;
  /** Of the part of its record that JavaScript writes. */
  length: number;
}

/** Names of an enum's values by number. */
type EnumNames = { readonly [number: number]: string | undefined };

const PACKAGE = "opentera.protobuf.";
const TWO_SLOTS = "diusy";

const TAPE: Record<string, (at: number, index: number) => unknown> = {
  d: tape.double, f: tape.float, i: tape.int64, u: tape.uint64, l: tape.int32, w: tape.uint32, b: tape.bool,
  s: tape.string, y: tape.bytes, e: tape.enumName, m: tape.message, a: tape.any,
};
const JSON_VALUE: Record<string, (value: unknown, index: number) => unknown> = {
  d: json.double, f: json.float, i: json.int64, u: json.uint64, l: json.int32, w: json.uint32, b: json.bool,
  s: json.string, y: json.bytes, e: json.enumName, m: json.message, a: json.any,
};

/** The tables of one client. Indices are those of WebAssembly: the catalogue's first, then the others as they came. */
export class Registry {
  readonly enums: EnumNames[] = [...ENUMS];
  readonly fromTape: FromTape[] = [...FROM_TAPE];
  readonly fromJson: FromJson[] = [...FROM_JSON];
  /** Messages that JSON spells in a way of their own: what turns that into the object their reader takes. */
  readonly wellKnown = new Map<number, (value: unknown) => unknown>();
  /** Index of the message that JSON spells `null`. */
  nullable = -1;
  readonly #types: Type[] = [];
  readonly #numbers: Map<string, number>[] = [];
  /** Indices by `$type`. */
  readonly #names = new Map<string, number>();

  /** All messages. */
  get types(): readonly Type[] {
    if (!this.#types.length) {
      for (const row of MESSAGES) {
        const type = parseType(row.split(" "));
        const index = this.#types.push(type) - 1;
        // Parts of messages have no `$type`.
        if (!type.name.includes(".")) this.#names.set(type.name, index);
      }
    }
    return this.#types;
  }

  /** The index of the message whose `$type` this is. */
  indexOf(name: string): number | undefined {
    void this.types;
    return this.#names.get(name);
  }

  /** The index of the message that a type URL names. */
  find(url: string): number | undefined {
    const name = url.slice(url.lastIndexOf("/") + 1);
    const ofCatalogue = MESSAGES.findIndex((row) => PACKAGE + row.slice(0, row.indexOf(" ")) === name);
    return ofCatalogue < 0 ? this.#registered(name) : ofCatalogue;
  }

  #registered(name: string): number | undefined {
    const index = this.#names.get(name);
    return index !== undefined && index >= MESSAGES.length ? index : undefined;
  }

  /** Numbers of an enum's values by name. */
  numbers(index: number): Map<string, number> {
    return (this.#numbers[index] ??= new Map(Object.entries(ENUMS[index]).map(([number, name]) => [name, +number])));
  }

  /** Adds the types of a description. */
  add(description: string): void {
    for (const row of description.split("\n").slice(0, -1)) {
      const [sort, ...parts] = row.split("\t");
      if (sort === "e") this.#addEnum(parts.slice(1));
      else this.#addMessage(parseType(parts), sort === "k");
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
    this.#numbers[this.enums.push(names) - 1] = numbers;
  }

  #addMessage(type: Type, isEntry: boolean): void {
    const index = (this.types as Type[]).push(type) - 1;
    this.fromTape.push(isEntry ? this.#entryFromTape(type) : this.#fromTape(type));
    this.fromJson.push(this.#fromJson(type));
    if (isEntry) return;
    this.#names.set(type.name, index);
    const spelt = wellKnown(type.name);
    if (spelt) this.wellKnown.set(index, spelt);
    if (type.name === "google.protobuf.Value") this.nullable = index;
  }

  #fromTape({ name, fields }: Type): FromTape {
    return (at, $header) => {
      const object: Record<string, unknown> = { $type: name };
      for (const field of fields) object[field.name] = fieldFromTape(field, at + field.slot);
      object.$header = $header;
      return object;
    };
  }

  /** Of an entry, key and value. A value that is absent is an empty one. */
  #entryFromTape({ fields: [key, value] }: Type): FromTape {
    return (at) => [
      TAPE[key.kind](at + key.slot, 0),
      TAPE[value.kind](at + value.slot, value.index) ??
        (value.kind === "a"
          ? { $type: "Unknown", typeUrl: "", value: new Uint8Array(), $header: undefined }
          : this.fromJson[value.index]({}, undefined)),
    ];
  }

  #fromJson({ name, fields }: Type): FromJson {
    return (value: Record<string, unknown>, $header) => {
      const object: Record<string, unknown> = { $type: name };
      for (const field of fields) object[field.name] = this.#fieldFromJson(field, own(value, field.name));
      object.$header = $header;
      return object;
    };
  }

  #fieldFromJson({ kind, index, isList, isMap, isOptional }: Field, value: unknown): unknown {
    const read = JSON_VALUE[kind];
    if (isMap) {
      const [key, item] = this.types[index].fields;
      const readKey = key.kind === "b" ? boolKey : (text: string) => JSON_VALUE[key.kind](text, 0);
      return json.map(value, readKey, (each) => (each === null && item.index !== this.nullable ? undefined : JSON_VALUE[item.kind](each, item.index)));
    }
    if (isList) return json.list(value, read, index);
    return isOptional ? json.optional(value, read, index) : read(value, index);
  }
}

function fieldFromTape({ kind, index, isList, isMap, isOptional }: Field, at: number): unknown {
  const read = TAPE[kind];
  if (isMap) {
    const entries: Record<string, unknown> = Object.create(null);
    for (const [key, value] of tape.list(at, read, index) as [unknown, unknown][]) entries[String(key)] = value;
    return entries;
  }
  if (isList) return kind === "a" ? tape.anys(at) : tape.list(at, read, index);
  return isOptional ? tape.optional(at, read, index) : read(at, index);
}

/** A property, unless it is something that every object inherits. */
function own(object: Record<string, unknown>, name: string): unknown {
  const value = object[name];
  return value === (Object.prototype as unknown as Record<string, unknown>)[name] ? undefined : value;
}

function boolKey(key: string): boolean {
  return key === "true" || (key === "false" ? false : json.wrong("true or false", key));
}

/** A message by its row: its name, then its fields. */
export function parseType([name, ...entries]: string[]): Type {
  const type: Type = { name, fields: [], names: new Set(["$type", "$header"]), length: 1 };
  for (const entry of entries) {
    const [, presence, kind, index, fieldName] = /^([?*%]?)(\w)(\d*):(.*)$/.exec(entry)!;
    const isRecord = kind === "m" || kind === "a";
    const isMap = presence === "%";
    const isList = isMap || presence === "*";
    const isOptional = presence === "?" && !isRecord;
    type.fields.push({ name: fieldName, kind, index: +index, isList, isMap, isOptional, slot: type.length });
    type.names.add(fieldName);
    type.length += isList ? 3 : (TWO_SLOTS.includes(kind) ? 2 : 1) + +isOptional;
  }
  return type;
}
