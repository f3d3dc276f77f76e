// Types by their rows, generated for the catalogue and described by the registrar for others. How a row looks is said in
// crates/registrar/src/lib.rs.

/** How deep messages stand in each other at most, in whatever is sent and received. */
export const MAX_DEPTH = 16;

/** An entry of a map, as the message that it is on the wire. */
export interface Entry {
  key: unknown;
  value: unknown;
}

/** A field of a message. */
export interface Field {
  name: string;
  /** A letter; what each means is said beside the description's format. */
  kind: string;
  /** Number and wire type, as they stand before the value on the wire. */
  tag: number;
  /** How a number is encoded where its kind can be in more than one way: `z` for zigzag, `x` for a fixed length. */
  wire: string;
  /** Of its enum or message. */
  index: number;
  isList: boolean;
  /** Whether its elements stand in one piece on the wire. */
  isPacked: boolean;
  isMap: boolean;
  /** Of a map, what makes a list of its entries, which it is on the wire. `expected` makes the error for a value that is none. */
  entries?: (value: unknown, expected: (what: string, value: unknown) => Error) => Entry[];
  /** Whether it has a flag in front of its value that says if it is set. */
  isOptional: boolean;
  /** Whether every object has something of its name, so that only its own counts. */
  isInherited: boolean;
  /** Its first slot in the message's record. */
  slot: number;
  /** How many bytes the length of the last message took that was written here. */
  lengthBytes: number;
}

/** A message; `name` is its `$type`. */
export interface Type {
  name: string;
  fields: Field[];
  /** How many bytes the length of the last one took that was written in an Any. */
  lengthBytes: number;
  /** What an object of it may hold. */
  names: Set<string>;
  /** How many slots of its record come before those of oneofs. */
  slots: number;
  /** Of a registered message, its fields that have rules, as in the description's format. */
  rules?: string[];
}

const TWO_SLOTS = "diusy";

/** By a kind and its encoding. */
function wireType(kind: string): number {
  return /[symad]|[iu]x/.test(kind) ? (/[dx]/.test(kind) ? 1 : 2) : /[fx]/.test(kind) ? 5 : 0;
}

/** A message by its row: its name, then its fields. */
export function parseType([name, ...entries]: string[]): Type {
  const type: Type = { name, fields: [], names: new Set(["$type", "$header"]), slots: 0, lengthBytes: 1 };
  let slot = 1;
  let number = 0;
  for (const entry of entries) {
    const [, presence, kind, index, wire, given, fieldName] = /^([?*+%]?)(\w)(\d*)([zx]?)(?:=(\d+))?:(.*)/s.exec(entry)!;
    const isRecord = kind === "m" || kind === "a";
    const isMap = presence === "%";
    const isPacked = presence === "+";
    const isList = isMap || isPacked || presence === "*";
    const isOptional = presence === "?" && !isRecord;
    number = +(given ?? number + 1);
    type.fields.push({
      name: fieldName,
      tag: number * 8 + wireType(isPacked ? "y" : kind + wire),
      kind,
      wire,
      index: +index,
      isList,
      isPacked,
      isMap,
      isOptional,
      isInherited: fieldName in Object.prototype,
      slot,
      lengthBytes: 1,
    });
    type.names.add(fieldName);
    slot += isList ? 3 : (TWO_SLOTS.includes(kind) ? 2 : 1) + +isOptional;
  }
  type.slots = slot;
  return type;
}

/** Letters of kinds, at the numbers that the module has for them: `Kind::code` of crates/wire/src/schema.rs. */
const CODES = ".dfiul..bsamywe";

/**
 * The catalogue's types as the module takes them: rows, described in crates/wire/src/registry.rs, and a text that has the names,
 * which begin with `start`. In the catalogue what is optional is a number or text, and a member of its message's only oneof.
 */
export function moduleRows(types: readonly Type[], start: string): [rows: Uint8Array, names: string] {
  let names = "";
  const rows = types.flatMap(({ name, fields, slots }) => {
    const at = names.length;
    names += start + name;
    const hasOneof = fields.some((field) => field.isOptional);
    return [
      ...[at, names.length, slots + +hasOneof, slots, fields.length],
      ...fields.flatMap(({ tag, kind, index, isList, isOptional, slot }) => [tag >>> 3, CODES.indexOf(kind) + index * 32, isOptional ? 3 : +isList, slot]),
    ];
  });
  return [new Uint8Array(new Uint32Array(rows).buffer), names];
}
