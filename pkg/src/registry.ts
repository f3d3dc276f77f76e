// The types that a client knows: those of the catalogue, and those that the application registered, which
// `additions.ts` adds.

import { ENUMS, type FromTape, FROM_TAPE, MESSAGES } from "./generated/readers.js";
import type { FromJson } from "./generated/text.js";
import { type Type, parseType } from "./rows.js";
import * as tape from "./tape.js";

/** Names of an enum's values by number. */
type EnumNames = { readonly [number: number]: string | undefined };

/** What the names of the catalogue's messages are without. */
export const PACKAGE = "opentera.protobuf.";

/** What reads values from the tape, by the letters of their kinds. `additions.ts` makes readers of these, and of those of `json.ts`. */
export const READERS = {
  tape: {
    d: tape.double, f: tape.float, i: tape.int64, u: tape.uint64, l: tape.int32, w: tape.uint32, b: tape.bool,
    s: tape.string, y: tape.bytes, e: tape.enumName, m: tape.message, a: tape.any,
  } as Record<string, (at: number, index: number) => unknown>,
  tapeList: tape.list,
  tapeAnys: tape.anys,
  tapeOptional: tape.optional,
};

/** The tables of one client. Indices are those of WebAssembly: the catalogue's first, then the others as they came. */
export class Registry {
  readonly enums: EnumNames[] = [...ENUMS];
  readonly fromTape: FromTape[] = [...FROM_TAPE];
  /** The strings that WebAssembly knows of, by their places there. All are filled: an array that grows by leaps is made a dictionary. */
  readonly known: string[] = new Array<string>(1024).fill("");
  /** Empty until `readersOf` of json.ts was called. */
  readonly fromJson: FromJson[] = [];
  /** Messages that JSON spells in a way of their own: what turns that into the object their reader takes. */
  readonly wellKnown = new Map<number, (value: unknown) => unknown>();
  /** Index of the message that JSON spells `null`. */
  nullable = -1;
  readonly #types: Type[] = [];
  /** Of the messages that were sent in an Any. */
  readonly #urls: Uint8Array[] = [];
  /** Numbers of each enum's values by name, of the catalogue's as they are asked for. */
  readonly enumNumbers: Map<string, number>[] = [];
  /** Indices by `$type`; the catalogue's once {@link types} was read. */
  readonly names = new Map<string, number>();

  /** All messages. */
  get types(): Type[] {
    if (!this.#types.length) {
      for (const row of MESSAGES) {
        const type = parseType(row.split(" "));
        const index = this.#types.push(type) - 1;
        // Parts of messages have no `$type`.
        if (!type.name.includes(".")) this.names.set(type.name, index);
      }
    }
    return this.#types;
  }

  /** The index of the message whose `$type` this is. */
  indexOf(name: string): number | undefined {
    void this.types;
    return this.names.get(name);
  }

  /** The type URL of the message at this index. */
  url(index: number): Uint8Array {
    return (this.#urls[index] ??= new TextEncoder().encode(`type.googleapis.com/${index < MESSAGES.length ? PACKAGE : ""}${this.types[index].name}`));
  }

  /** Numbers of an enum's values by name. */
  numbers(index: number): Map<string, number> {
    return (this.enumNumbers[index] ??= new Map(Object.entries(ENUMS[index]).map(([number, name]) => [name, +number])));
  }
}
