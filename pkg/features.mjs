// What rustc assumes of every engine: with more, a module would be written in forms that some browsers don't read.

import binaryen from "binaryen";

/** For binaryen's `setFeatures`. */
export const FEATURES = features(["BulkMemory", "BulkMemoryOpt", "CallIndirectOverlong", "MutableGlobals", "Multivalue", "NontrappingFPToInt", "ReferenceTypes", "SignExt"]);

/** The features of these names. */
export function features(names) {
  return names.reduce((features, name) => features | binaryen.Features[name], 0);
}
