// What applications give to calls, as messages have it.

import { isBytes } from "./bytes.js";
import { misuse } from "./errors.js";
import type { CallArgument } from "./types.js";

/** An argument as a Value, by its type; an object is one already, or the encoder refuses it. */
export function argument(value: CallArgument) {
  switch (typeof value) {
    case "boolean":
      return { boolValue: value };
    case "string":
      return { stringValue: value };
    case "bigint":
      return value < 2n ** 63n ? { intValue: value } : { uintValue: value };
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? { intValue: value } : { doubleValue: value };
    default:
      return isBytes(value) ? { bytesValue: value } : value;
  }
}

/** An address, if it can be one at all; the machine looks closer. */
export function address(value: string): string {
  if (typeof value !== "string") throw misuse("An address or a topic must be a string.");
  return value;
}
