#!/usr/bin/env node
// The package's command: `tera-client types FILE` writes the TypeScript types of registered messages, `tera-client contract
// FILE` those of a contract, and its client.

import { readFileSync, writeFileSync } from "node:fs";
import { argv, exit, stderr, stdout } from "node:process";
import { Registrar } from "../registrar.js";
import { comments } from "./comments.js";
import { contract } from "./contract.js";
import { declarationFile } from "./declarations.js";

const WRITERS = { types: declarationFile, contract };

const USAGE = `usage: tera-client types FILE [-o OUT.d.ts]
       tera-client contract FILE [-o OUT.ts]

\`types\` writes TypeScript types for the messages of a descriptor set, for use with \`client.register\`; \`contract\` also
writes a typed client for each of its services.

  FILE  what \`protoc --include_imports --include_source_info --descriptor_set_out=FILE\` or \`buf build -o FILE\` writes
  -o    where to write; without it, to the standard output
`;

/** What the command was asked for. */
function request(): { write: (typeof WRITERS)["contract"]; file: string; out: string | undefined } {
  const [command, ...rest] = argv.slice(2);
  if (command === "--help" || command === "-h") {
    stdout.write(USAGE);
    exit(0);
  }
  const option = rest.indexOf("-o");
  const [, out] = option < 0 ? [] : rest.splice(option, 2);
  const [file, ...others] = rest;
  const write = Object.hasOwn(WRITERS, command ?? "") ? WRITERS[command as keyof typeof WRITERS] : undefined;
  const isComplete = write && file !== undefined && !file.startsWith("-") && !others.length;
  if (!isComplete || (option >= 0 && out === undefined)) {
    stderr.write(USAGE);
    exit(2);
  }
  return { write: write!, file: file!, out };
}

/** Runs a step; if it fails, so does the command, with one line that says why. */
function attempt<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    stderr.write(`${place}: ${(error as Error).message}\n`);
    exit(1);
  }
}

const { write, file, out } = request();
const set = attempt(file, () => new Uint8Array(readFileSync(file)));
const registrar = await Registrar.start(await WebAssembly.compile(readFileSync(new URL("./registrar.wasm", import.meta.url))));
const text = attempt(file, () => {
  const added = registrar.register(set);
  if (added.refusal !== undefined) throw new Error(`${added.refusal} ${added.help}`);
  return write(added.description, comments(set), set);
});
if (out === undefined) stdout.write(text);
else attempt(out, () => writeFileSync(out, text));
