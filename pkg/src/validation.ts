// Checks what messages must hold: what is required, what is a UUID, and that an enum's value is one of its enum. The rules
// are options in the `.proto` files. An entry point of its own, so it shares no state with the client and is given what that
// has registered. Its other half, for Rust, is crates/protocol/src/validation.rs.

import { isBytes } from "./bytes.js";
import type { AnyMessage } from "./generated/messages.js";
import { ENUMS, MESSAGES } from "./generated/readers.js";
import { RULES } from "./generated/rules.js";
import { type Field, MAX_DEPTH, type Type, parseType } from "./rows.js";
import type { MessageInit, Types } from "./types.js";

export type { Types } from "./types.js";

/** A place in a message that doesn't keep to a rule. */
export interface Violation {
  /** Where: `data[0].sessionUuid`. */
  readonly path: string;
  /**
   * - `required`: it must be set: a list or a map has an element, what can be absent is there, any other differs from its
   *   default;
   * - `uuid`: it must be a UUID, as 8-4-4-4-12 hexadecimal digits; where absent and empty are the same, it may be empty;
   * - `enum`: it must be a name of its enum, or a number that has one;
   * - `nesting`: messages stand at most 16 deep in each other.
   */
  readonly rule: "required" | "uuid" | "enum" | "nesting";
  /** What is wrong, for people. */
  readonly message: string;
}

/** Most violations found; what follows is not looked at. */
const MAX_VIOLATIONS = 16;
/** Most violations that a sentence names. */
const NAMED = 3;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const WORDS = {
  required: "must be set",
  uuid: "must be a UUID",
  enum: "must be a value of its enum",
  nesting: "is nested too deep",
};

/** A field that something is asked of. */
interface Check extends Field {
  isRequired: boolean;
  isUuid: boolean;
}

/** By type, of all clients. */
const checks = new WeakMap<Type, Check[]>();
let rules: Map<string, string[]> | undefined;
let catalogue: Types | undefined;

/**
 * What is wrong with a message of the catalogue, received or to be sent, in the order of its fields: the first 16 places.
 * Messages in others are looked at too; one whose type is not in the catalogue can't be wrong.
 *
 * @example
 * violations({ $type: "StopSessionEvent", sessionUuid: "e1a2" });
 * // [{ path: "sessionUuid", rule: "uuid", message: "`sessionUuid` must be a UUID" }]
 */
export function violations(message: AnyMessage | MessageInit): Violation[] {
  return new Search((catalogue ??= ofCatalogue())).of(message);
}

/**
 * Has a client check what it sends and receives, registered messages too.
 *
 * @example
 * const client = await connect(url, { validate });
 */
export function validate(message: AnyMessage | MessageInit, types: Types): string | undefined {
  const found = new Search(types).of(message);
  if (!found.length) return undefined;
  const places = found.slice(0, NAMED).map((each) => each.message);
  return `A message of type ${message.$type} is not valid: ${places.join(", ")}${found.length > NAMED ? ", and more" : ""}.`;
}

function ofCatalogue(): Types {
  const types = MESSAGES.map((row) => parseType(row.split(" ")));
  const numbers = ENUMS.map((names) => new Map(names.map((name, number) => [name, number])));
  return { types, indexOf: (name) => types.findIndex((type) => type.name === name), numbers: (index) => numbers[index] };
}

function checksOf(type: Type): Check[] {
  let found = checks.get(type);
  if (!found) {
    rules ??= new Map(RULES.map((row) => row.split(" ")).map(([name, ...fields]) => [name, fields]));
    const given = type.rules ?? rules.get(type.name) ?? [];
    found = type.fields.flatMap((field) => {
      const rule = given.find((each) => each.slice(each.indexOf(":") + 1) === field.name) ?? ":";
      if (rule === ":" && !/[ema]/.test(field.kind)) return [];
      return [{ ...field, isRequired: rule.startsWith("!"), isUuid: /^!?#/.test(rule) }];
    });
    checks.set(type, found);
  }
  return found;
}

/** A walk through a message, which is at `#path`. */
class Search {
  readonly #types: Types;
  readonly #found: Violation[] = [];
  #path = "";

  constructor(types: Types) {
    this.#types = types;
  }

  of(message: unknown): Violation[] {
    this.#any(message, 0);
    return this.#found;
  }

  #add(rule: Violation["rule"]): void {
    if (this.#found.length < MAX_VIOLATIONS) this.#found.push({ path: this.#path, rule, message: `\`${this.#path}\` ${WORDS[rule]}` });
  }

  #any(message: unknown, depth: number): void {
    const index = this.#types.indexOf((message as { $type?: string } | null)?.$type as string) ?? -1;
    if (index >= 0) this.#record(this.#types.types[index], message, depth);
  }

  #record(type: Type, message: unknown, depth: number): void {
    // What is none is refused where it is encoded.
    if (typeof message !== "object" || message === null) return;
    if (depth === MAX_DEPTH) return this.#add("nesting");
    const outer = this.#path;
    for (const check of checksOf(type)) {
      if (this.#found.length === MAX_VIOLATIONS) break;
      const { name } = check;
      const value = check.isInherited && !Object.hasOwn(message, name) ? undefined : (message as Record<string, unknown>)[name];
      this.#path = outer ? `${outer}.${name}` : name;
      this.#field(check, value ?? undefined, depth);
    }
    this.#path = outer;
  }

  #field(check: Check, value: unknown, depth: number): void {
    const { isList, isMap, isOptional, isRequired, kind, index } = check;
    const outer = this.#path;
    let isSet = value !== undefined;
    if (isMap && isSet) {
      const entries = Object.entries(value as object);
      const [, item] = this.#types.types[index].fields;
      for (const [key, each] of entries) this.#element(`[${JSON.stringify(key.slice(0, 80))}]`, item, false, each, depth + 1);
      isSet = entries.length > 0;
    } else if (isList && Array.isArray(value)) {
      for (let at = 0; at < value.length && this.#found.length < MAX_VIOLATIONS; at++) this.#element(`[${at}]`, check, check.isUuid, value[at], depth);
      isSet = value.length > 0;
    } else if (isSet) {
      isSet = isOptional || kind === "m" || kind === "a" || !this.#isDefault(check, value);
      if (isSet) this.#value(check, check.isUuid, value, depth);
    }
    this.#path = outer;
    if (isRequired && !isSet) this.#add("required");
  }

  #element(place: string, field: Field, isUuid: boolean, value: unknown, depth: number): void {
    const outer = this.#path;
    this.#path += place;
    this.#value(field, isUuid, value, depth);
    this.#path = outer;
  }

  #isDefault({ kind, index }: Field, value: unknown): boolean {
    if (kind === "e") return value === 0 || this.#types.numbers(index).get(value as string) === 0;
    return value === "" || value === 0 || value === 0n || value === false || (isBytes(value) && !value.length);
  }

  #value({ kind, index }: Field, isUuid: boolean, value: unknown, depth: number): void {
    if (kind === "m") this.#record(this.#types.types[index], value, depth + 1);
    else if (kind === "a") this.#any(value, depth + 1);
    else if (kind === "e") this.#enum(this.#types.numbers(index), value);
    else if (isUuid && !(typeof value === "string" && UUID.test(value))) this.#add("uuid");
  }

  #enum(numbers: ReadonlyMap<string, number>, value: unknown): void {
    const isKnown = typeof value === "number" ? [...numbers.values()].includes(value) : numbers.has(value as string);
    if (!isKnown) this.#add("enum");
  }
}
