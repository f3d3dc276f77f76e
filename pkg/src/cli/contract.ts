// TypeScript for a contract: the types of its messages, and a client for each of its services.

import { type Declarations, type Standalone, declarations, doc } from "./declarations.js";
import { all, flag, text, without } from "./fields.js";

/** The field of a file's descriptor that only comments come from. */
const SOURCE_INFO = 9;

/** What a file uses besides its own types and clients. */
const USED = ["AsyncGenerator", "Client", "DESCRIPTORS", "Init", "Promise", "RequestOptions", "Service"];

/** The text of a `.ts` file. `comments` are by full name, `set` is what the description is of. */
export function contract(description: string, comments: Map<string, string>, set: Uint8Array): string {
  const services = all(set, 1).flatMap((file) => all(file, 6).map((service) => ({ service, scope: text(file, 2) })));
  if (!services.length) throw new Error("There is no `service` in it.");
  const names = services.map(({ service }) => `${text(service, 1)}Client`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`Two services would have a client named ${twice}; give each a set of its own.`);
  const types = declarations(description, comments, [...USED, ...names]);
  const clients = services.map(({ service, scope }) => client(service, scope, types, comments));
  return [
    "// Written by `tera-client contract` from a descriptor set. Do not edit.\n",
    `import type { ${["Client", ...types.imported()].join(", ")} } from "tera-client";`,
    `import { type Init, type RequestOptions, Service } from "tera-client/contracts";\n`,
    types.body,
    `const DESCRIPTORS =\n  "${base64(set)}";\n`,
    clients.join("\n"),
  ].join("\n");
}

function client(service: Uint8Array, scope: string, types: Declarations, comments: Map<string, string>): string {
  const [name, fullName] = [text(service, 1), `${scope && `${scope}.`}${text(service, 1)}`];
  const taken = new Set<string>();
  const methods = all(service, 2).map((each) => method(each, fullName, taken, types, comments));
  return (
    `${doc(comments.get(fullName))}export class ${name}Client {\n  readonly #service: Service;\n\n` +
    `  /** \`key\` is the service's on the bus, where it is \`service.<key>\`. */\n` +
    `  constructor(client: Client, key = "${name}") {\n    this.#service = new Service(client, key, DESCRIPTORS);\n  }\n\n` +
    `${methods.join("\n")}}\n`
  );
}

function method(bytes: Uint8Array, service: string, taken: Set<string>, types: Declarations, comments: Map<string, string>): string {
  const name = text(bytes, 1);
  const bare = name.replaceAll("_", "").toLowerCase();
  if (bare === "constructor" || bare === "new") throw new Error(`${service}.${name} has a name that generated clients need for making them.`);
  if (taken.has(bare)) throw new Error(`${service}.${name} has the name of another method but for its case and \`_\`.`);
  taken.add(bare);
  if (flag(bytes, 5)) throw new Error(`${service}.${name} streams from the client; only its response may be a stream.`);
  const [request, response] = [2, 3].map((field) => standalone(text(bytes, field), `${service}.${name}`, types));
  const [how, result] = flag(bytes, 6) ? ["stream", "AsyncGenerator"] : ["call", "Promise"];
  const returned = how === "stream" ? `${response!.type}, void, undefined` : response!.type;
  return (
    `${doc(comments.get(`${service}:${name}`), "  ")}` +
    `  ${camelCase(name)}(request: Init<${request!.type}>, options?: RequestOptions): ${result}<${returned}> {\n` +
    `    return this.#service.${how}(["${service}/${name}", "${request!.$type}", "${response!.$type}"], request, options);\n  }\n`
  );
}

function standalone(typeName: string, method: string, types: Declarations): Standalone {
  const name = typeName.replace(/^\./, "");
  const found = types.find(name);
  if (!found) throw new Error(`${method}: ${name} is no message that can be sent by itself.`);
  return found;
}

/** `getTemperature` for `GetTemperature` and `get_temperature`. */
function camelCase(name: string): string {
  const joined = name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return joined[0]!.toLowerCase() + joined.slice(1);
}

/** A descriptor set without its comments. */
function base64(set: Uint8Array): string {
  const files = all(set, 1).map((file) => without(file, SOURCE_INFO));
  const bytes = files.flatMap((parts) => [10, ...length(parts.reduce((sum, part) => sum + part.length, 0)), ...parts.flatMap((part) => [...part])]);
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(""));
}

/** A length as protobuf writes it. */
function length(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...length(Math.floor(value / 128))];
}
