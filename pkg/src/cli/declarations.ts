// TypeScript for the description of registered types: an interface for each message, and all of them in the package's
// MessageMap.

import { ENUM_NAMES } from "../generated/messages.js";
import { ENUMS, MESSAGES } from "../generated/readers.js";
import { type Field, type Type, parseType } from "../rows.js";

const SCALARS: Record<string, string> = {
  d: "number", f: "number", l: "number", w: "number", i: "bigint", u: "bigint", b: "boolean", s: "string", y: "Uint8Array",
};

/** Names of types by index, the catalogue's first, and which of the catalogue's are used. */
interface Names {
  messages: string[];
  enums: string[];
  imported: Set<string>;
}

/** The types of a description. */
export interface Declarations {
  /** Interfaces and the like, and their places in the MessageMap. */
  body: string;
  /** A message by its full name; undefined if it can't stand alone. */
  find(fullName: string): Standalone | undefined;
  /** Names that the types take from the package, sorted. */
  imported(): string[];
}

/** A message that can stand alone. */
export interface Standalone {
  /** Its interface. */
  type: string;
  $type: string;
}

const CATALOGUE = "opentera.protobuf.";

/** The text of a `.d.ts` file. `comments` are by full name. */
export function declarationFile(description: string, comments: Map<string, string>): string {
  const { body, imported } = declarations(description, comments);
  const head = imported().length ? `import type { ${imported().join(", ")} } from "tera-client";` : `import type {} from "tera-client";`;
  return ["// Written by `tera-client types` from a descriptor set. Do not edit.\n", `${head}\n`, body].join("\n");
}

/** TypeScript for a description. `comments` are by full name; what is `used` beside them names no type. */
export function declarations(description: string, comments: Map<string, string>, used: string[] = []): Declarations {
  const rows = description.split("\n").slice(0, -1).map((row) => row.split("\t"));
  const [messages, enums] = [rows.filter(([sort]) => sort === "m" || sort === "k"), rows.filter(([sort]) => sort === "e")];
  const names: Names = { messages: MESSAGES.map((row) => row.split(" ")[0].replace(".", "")), enums: [...ENUM_NAMES], imported: new Set() };
  const taken = new Set([...names.messages, ...names.enums, "AnyMessage", "MessageMap", "Unknown", "Uint8Array", ...used]);
  for (const [, name] of messages) names.messages.push(identifier(name, taken));
  for (const [, name] of enums) names.enums.push(identifier(name, taken));

  const types = messages.map(([, ...parts]) => parseType(parts));
  const bodies: string[] = [];
  const entries: string[] = [];
  types.forEach((type, index) => {
    if (messages[index][0] === "k") return;
    const name = names.messages[MESSAGES.length + index];
    bodies.push(`${doc(comments.get(type.name))}export interface ${name} {\n${members(type, types, names, comments)}}\n`);
    entries.push(`    ${JSON.stringify(type.name)}: ${name};\n`);
  });
  enums.forEach(([, fullName, ...values], index) => {
    const cases = values.map((value) => value.slice(value.indexOf(":") + 1)).map((name) => {
      return `${doc(comments.get(`${fullName}:${name}`), "  ")}  | "${name}"\n`;
    });
    bodies.push(`${doc(comments.get(fullName))}export type ${names.enums[ENUMS.length + index]} =\n${cases.join("")}  | number;\n`);
  });
  const body = [...bodies, `declare module "tera-client" {\n  interface MessageMap {\n${entries.join("")}  }\n}\n`].join("\n");
  const find = (fullName: string): Standalone | undefined => {
    const own = messages.findIndex(([sort, name]) => sort === "m" && name === fullName);
    if (own >= 0) return { type: names.messages[MESSAGES.length + own], $type: fullName };
    const $type = fullName.startsWith(CATALOGUE) ? fullName.slice(CATALOGUE.length) : "";
    const index = MESSAGES.findIndex((row) => row.split(" ")[0] === $type);
    return index < 0 || $type.includes(".") ? undefined : { type: imported(names.messages[index], names), $type };
  };
  return { body, find, imported: () => [...names.imported].sort() };
}

function members(type: Type, types: Type[], names: Names, comments: Map<string, string>): string {
  const fields = type.fields.map((field) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(field.name) ? field.name : JSON.stringify(field.name);
    return `${doc(comments.get(`${type.name}:${field.name}`), "  ")}  ${name}: ${typeName(field, types, names)};\n`;
  });
  return `  $type: ${JSON.stringify(type.name)};\n${fields.join("")}`;
}

function typeName(field: Field, types: Type[], names: Names): string {
  if (field.isMap) return `{ [key: string]: ${single(types[field.index - MESSAGES.length].fields[1], names)} }`;
  const one = single(field, names);
  if (field.isList) return `${one}[]`;
  return field.isOptional || field.kind === "m" || field.kind === "a" ? `${one} | undefined` : one;
}

function single({ kind, index }: Field, names: Names): string {
  if (kind === "a") return imported("AnyMessage", names);
  if (kind === "m") return index < MESSAGES.length ? imported(names.messages[index], names) : names.messages[index];
  if (kind === "e") return index < ENUMS.length ? imported(names.enums[index], names) : names.enums[index];
  return SCALARS[kind];
}

function imported(name: string, names: Names): string {
  names.imported.add(name);
  return name;
}

/** A name for a type in TypeScript: `AcmeMeasuredUnit` for `acme.Measured.Unit`. */
function identifier(fullName: string, taken: Set<string>): string {
  let name = fullName.replace(/(?:^|[._]+)([A-Za-z0-9]|$)/g, (_, first: string) => first.toUpperCase());
  if (!/^[A-Z]/.test(name)) name = `_${name}`;
  while (taken.has(name)) name += "_";
  taken.add(name);
  return name;
}

export function doc(comment: string | undefined, indent = ""): string {
  if (!comment) return "";
  const lines = comment.replaceAll("*/", "*\\/").split("\n").map((line) => line.trim());
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}
