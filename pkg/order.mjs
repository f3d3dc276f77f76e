// Puts the functions of a WebAssembly module in an order in which those that are alike stand beside each other, because what is alike
// compresses best when it is near: `node order.mjs FILE`. Called by `cargo xtask build`, between runs of the optimiser.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import binaryen from "binaryen";
import { FEATURES } from "./features.mjs";

/** Functions are alike by how many runs of words of their text they share. Which length of runs does best differs from build to build, */
const RUNS = [2, 3, 4, 5, 6];
/** and so does with which function to begin: so many are tried, evenly apart. */
const STARTS = 12;

const [, , file] = argv;
const before = binaryen.readBinary(readFileSync(file));
before.setFeatures(FEATURES);
const { functions, others } = parts(before.emitText());
const orders = RUNS.flatMap((length) => {
  const all = functions.map((text) => runs(text, length));
  const likeness = all.map((one) => all.map((other) => alike(one, other)));
  return Array.from({ length: STARTS }, (_, start) => chain(likeness, Math.floor((start * all.length) / STARTS)));
});
const binaries = orders.map((order) => assemble([...others, ...order.map((place) => functions[place])]));
const sizes = await Promise.all(binaries.map(async (binary) => (await promisify(brotliCompress)(binary)).length));
writeFileSync(file, binaries[sizes.indexOf(Math.min(...sizes))]);

function assemble(parts) {
  const module = binaryen.parseText(`(module\n${parts.join("\n")}\n)`);
  module.setFeatures(FEATURES);
  if (!module.validate()) throw new Error(`${file}: not valid any more`);
  return Buffer.from(module.emitBinary());
}

/** What a module's text consists of. */
function parts(text) {
  const all = [];
  let [depth, start] = [0, 0];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|;;.*|[()]/g)) {
    if (token === "(" && depth++ === 1) start = index;
    if (token === ")" && --depth === 1) all.push(text.slice(start, index + 1));
  }
  const isFunction = (part) => part.startsWith("(func ");
  return { functions: all.filter(isFunction), others: all.filter((part) => !isFunction(part)) };
}

/** The places of all functions, from one on, each followed by that of those left which is most like it. */
function chain(likeness, start) {
  const left = new Set(likeness.keys());
  const order = [start];
  left.delete(start);
  while (left.size) {
    const likenesses = likeness[order.at(-1)];
    const next = [...left].reduce((best, each) => (likenesses[each] > likenesses[best] ? each : best));
    order.push(next);
    left.delete(next);
  }
  return order;
}

/** How often each run of so many words occurs. */
function runs(text, length) {
  const words = text.split(/\s+/);
  const counts = new Map();
  for (let end = length; end <= words.length; end++) {
    const run = words.slice(end - length, end).join(" ");
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return { counts, length: words.length };
}

function alike(a, b) {
  let shared = 0;
  for (const [run, count] of a.counts) shared += Math.min(count, b.counts.get(run) ?? 0);
  return shared / (a.length + b.length);
}
