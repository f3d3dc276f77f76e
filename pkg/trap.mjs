// Makes the panics of a WebAssembly module trap at once: `node trap.mjs FILE`. What they would write goes nowhere in a page,
// and writing it takes code. Called by `cargo xtask build`, before the optimiser, which then finds out what nobody calls.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import binaryen from "binaryen";
import { FEATURES } from "./features.mjs";

/** Functions of Rust's libraries that never return, by what their mangled names hold. */
const NEVER_RETURN = /_4core9panicking\d|_4core\d.*(slice_index_fail|expect_failed|unwrap_failed|panic_already)|_5alloc\d.*(capacity_overflow|handle_error|handle_alloc_error|assert_failed)/;

/** What they would say: texts between numbers, each behind its length, or a text alone. */
const SAID = /(?:[\x01-\x7f](?:slice index starts at | but ends at |index out of bounds: the len is | but the index is |range (?:start|end) index | out of range for slice of length |(?:insertion|removal|swap_remove) index \(is |\) should be <=? len \(is |\))\xc0?)+\0|capacity overflow|attempt to (?:divide by zero|join into collection with len > usize::MAX)|RefCell already (?:mutably )?borrowed|mid > len/g;

/** The digits of all numbers below 100, by which Rust's libraries write numbers. The client's module writes them without. */
const DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0")).join("");

const [, , file] = argv;
const module = binaryen.readBinary(readFileSync(file));
module.setFeatures(FEATURES);
const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
const found = functions.filter(({ name, module: importedFrom, results }) => !importedFrom && results === binaryen.none && NEVER_RETURN.test(name));
if (!found.some(({ name }) => name.endsWith("panic_fmt"))) throw new Error(`${file}: no panics were found by their names`);
for (const { name, params, results } of found) {
  module.removeFunction(name);
  module.addFunction(name, params, results, [], module.unreachable());
}
// Nobody asks for what the linker knows of the memory.
for (const name of ["__data_end", "__heap_base"]) module.removeExport(name);
module.runPasses(["dce", "remove-unused-module-elements"]);
if (!module.validate()) throw new Error(`${file}: not valid any more`);
/** The numbers that code names, places in memory among them. */
const named = new Set(Array.from(module.emitText().matchAll(/(?:\(i32\.const |offset=)(\d+)(?!\d|\) ")/g), ([, number]) => +number));
writeFileSync(file, withoutWords(Buffer.from(module.emitBinary())));

/** The module without what panics would say and the places they would name: no code refers to it any more. Zeros take no room. */
function withoutWords(binary) {
  const segments = dataSegments(binary);
  const paths = new Map();
  for (const { bytes, start } of segments) {
    for (const { 0: path, index } of bytes.toString("latin1").matchAll(/(crates|cargo|\/rustc)\/[\w./-]+?\.rs/g)) {
      paths.set(start + index, path.length);
      bytes.fill(0, index, index + path.length);
    }
    for (const { 0: said, index } of bytes.toString("latin1").matchAll(SAID)) bytes.fill(0, index, index + said.length);
    const digits = bytes.indexOf(DIGITS);
    if (digits >= 0 && !named.has(start + digits)) bytes.fill(0, digits, digits + DIGITS.length);
  }
  if (!paths.size) throw new Error(`${file}: no places were found`);
  for (const { bytes, start } of segments) {
    // A place is where its path begins, the path's length, line and column.
    for (let at = -start & 3; at + 16 <= bytes.length; at += 4) {
      if (paths.get(bytes.readUInt32LE(at)) === bytes.readUInt32LE(at + 4)) bytes.fill(0, at, at + 16);
    }
  }
  return binary;
}

/** The data of a module, to be changed in place, and where in memory it begins. */
function dataSegments(binary) {
  let at = 8;
  const byte = () => binary[at++];
  const number = (signed) => {
    let [value, shift, part] = [0, 0, 0x80];
    for (; part & 0x80; shift += 7) value |= ((part = byte()) & 0x7f) << shift;
    return signed && part & 0x40 && shift < 32 ? value | (-1 << shift) : value;
  };
  const DATA = 11;
  for (;;) {
    const section = byte();
    const length = number();
    if (section === DATA) break;
    at += length;
  }
  return Array.from({ length: number() }, () => {
    // An active segment of memory 0: `i32.const`, the place, `end`.
    if (number() !== 0 || byte() !== 0x41) throw new Error(`${file}: data of an unknown kind`);
    const start = number(true);
    byte();
    const length = number();
    at += length;
    return { start, bytes: binary.subarray(at - length, at) };
  });
}
