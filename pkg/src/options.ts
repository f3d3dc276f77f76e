// Options, checked: what is wrong with one is said before anything else happens.

import { TeraError, misuse } from "./errors.js";
import type { ConnectOptions } from "./types.js";

/** The options that WebAssembly takes, in the order it takes them. */
const NUMBERS = [
  "requestTimeout", "connectTimeout", "retryBase", "retryCap", "heartbeat", "maxInFlight", "maxFrameBytes", "maxQueued", "maxQueuedBytes",
] as const;
/** After them, what is done with a message too many. */
const OVERFLOWS = ["reject", "dropOldest", "dropNewest"] as const;

/** Timers of browsers reach no further. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The options of `connect` as WebAssembly takes them. */
export function linkOptions(options: ConnectOptions): number[] {
  checkOptions(options);
  const numbers = NUMBERS.map((name) => number(name, options[name]) ?? NaN);
  const overflow = OVERFLOWS.indexOf(options.overflow ?? "reject");
  if (overflow < 0) throw misuse(`\`overflow\` must be one of ${OVERFLOWS.join(", ")}, got ${String(options.overflow)}.`);
  const known = new Set<string>([...NUMBERS, "overflow", "signal", "transport", "validate"]);
  for (const name in options) {
    if (!known.has(name)) throw misuse(`There is no option \`${name}\`.`, `Options: ${[...known].join(", ")}.`);
  }
  for (const name of ["transport", "validate"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw misuse(`\`${name}\` must be a function.`);
  }
  return [...numbers, overflow];
}

/** A number of milliseconds, messages or bytes. */
export function number(name: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 1 && value <= LONGEST_TIMEOUT) return value;
  throw misuse(`\`${name}\` must be a number from 1 to ${LONGEST_TIMEOUT}, got ${String(value)}.`);
}

/** How many of something there may be. */
export function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw misuse(`\`${name}\` must be a whole number above 0, got ${value}.`);
}

/** The options, if they are some. */
export function checkOptions<T extends object>(options: T): T {
  if (typeof options !== "object" || options === null) throw misuse("Options must be an object.");
  const { signal } = options as { signal?: AbortSignal };
  if (signal !== undefined && typeof signal?.addEventListener !== "function") throw misuse("`signal` must be an AbortSignal.");
  return options;
}

/** What a caller's signal that fired is to a promise. */
export function aborted(signal: AbortSignal): TeraError {
  return new TeraError("aborted", "Aborted by the caller's signal.", "", { cause: signal.reason });
}
