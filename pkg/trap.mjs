// Makes the panics of a WebAssembly module trap at once: `node trap.mjs FILE`. What they would write goes nowhere in a page,
// and writing it takes code. Called by `cargo xtask build`, before the optimiser, which then finds out what nobody calls.

import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import binaryen from "binaryen";

/** Functions of Rust's libraries that never return, by what their mangled names hold. */
const NEVER_RETURN = /_4core9panicking\d|_4core\d.*(slice_index_fail|expect_failed|unwrap_failed|panic_already)|_5alloc\d.*(capacity_overflow|handle_error|handle_alloc_error)/;

/** What rustc assumes of every engine; with more, the module would be written in forms that browsers don't read. */
const FEATURES = ["BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong", "MutableGlobals", "Multivalue", "NontrappingFPToInt", "ReferenceTypes", "SignExt"]
  .reduce((features, name) => features | binaryen.Features[name], 0);

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
if (!module.validate()) throw new Error(`${file}: not valid any more`);
writeFileSync(file, module.emitBinary());
