// Puts the assembled strings.wat into a WebAssembly module, as a section that engines skip: `node strings.mjs FILE`. There, a
// server compresses it with the rest, and it takes no request. Called by `cargo xtask build`.

import { appendFileSync, readFileSync } from "node:fs";
import { argv } from "node:process";
import binaryen from "binaryen";
import { features } from "./features.mjs";

const SECTION = "strings";

const module = binaryen.parseText(readFileSync(new URL("strings.wat", import.meta.url), "utf8"));
module.setFeatures(features(["BulkMemory", "GC", "ReferenceTypes"]));
binaryen.setOptimizeLevel(3);
module.optimize();
if (!module.validate()) throw new Error("strings.wat is not valid");

/** A number of the binary format. */
function leb128(number) {
  const bytes = [];
  for (; number > 0x7f; number >>= 7) bytes.push((number & 0x7f) | 0x80);
  return Buffer.from([...bytes, number]);
}

const content = Buffer.concat([leb128(SECTION.length), Buffer.from(SECTION), module.emitBinary()]);
appendFileSync(argv[2], Buffer.concat([leb128(0), leb128(content.length), content]));
