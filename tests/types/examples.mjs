// Writes the examples of the documentation where the compiler looks at them: `node examples.mjs FOLDER`. What they leave out, an
// application's own names, is in examples/context.d.ts.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { argv } from "node:process";

const root = new URL("../../", import.meta.url);
const [, , folder] = argv;

const documents = ["README.md", ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)];
const sources = readdirSync(new URL("pkg/src", root), { recursive: true }).filter((name) => name.endsWith(".ts")).map((name) => `pkg/src/${name}`);
const read = (name) => readFileSync(new URL(name, root), "utf8");
const examples = [
  ...documents.flatMap((name) => Array.from(read(name).matchAll(/```ts\n(.*?)```/gs), ([, code]) => [name, code])),
  ...sources.flatMap((name) => Array.from(read(name).matchAll(/@example\n((?:[ \t]*\* [^@\n].*\n)+)/g), ([, code]) => [name, code.replace(/^[ \t]*\* /gm, "")])),
];
if (examples.length < 30) throw new Error(`only ${examples.length} examples were found`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [number, [name, code]] of examples.entries()) writeFileSync(`${folder}/${name.replace(/\W/g, "_")}_${number}.mts`, `export {};\n${code}`);
