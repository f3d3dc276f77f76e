// Types by their rows, generated for the catalogue and described by the registrar for others. How a row looks is said in
// crates/registrar/src/lib.rs.

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
  byName: Map<string, Field>;
  /** Of the part of its record that JavaScript writes. */
  length: number;
}

const TWO_SLOTS = "diusy";

/** A message by its row: its name, then its fields. */
export function parseType([name, ...entries]: string[]): Type {
  const type: Type = { name, fields: [], byName: new Map(), length: 1 };
  for (const entry of entries) {
    const [, presence, kind, index, fieldName] = /^([?*%]?)(\w)(\d*):(.*)$/.exec(entry)!;
    const isRecord = kind === "m" || kind === "a";
    const isMap = presence === "%";
    const isList = isMap || presence === "*";
    const isOptional = presence === "?" && !isRecord;
    const field = { name: fieldName, kind, index: +index, isList, isMap, isOptional, slot: type.length };
    type.fields.push(field);
    type.byName.set(fieldName, field);
    type.length += isList ? 3 : (TWO_SLOTS.includes(kind) ? 2 : 1) + +isOptional;
  }
  return type;
}
