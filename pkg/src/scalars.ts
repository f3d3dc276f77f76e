// Reads what parsed JSON has for a number, text, or bytes. What is absent is the default. Source: the proto3 JSON mapping.

import { wrong } from "./wrong.js";

/** Whether a field was absent since {@link begin}. */
export let lacks = false;

/** Nothing was absent so far. */
export function begin(): void {
  lacks = false;
}

/** The value of a field that is not there. */
export function absent<T>(value: T): T {
  lacks = true;
  return value;
}

export function string(value: unknown): string {
  if (typeof value === "string") return value;
  return value == null ? absent("") : wrong("a string", value);
}

export function bool(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return value == null ? absent(false) : wrong("a boolean", value);
}

export function double(value: unknown): number {
  return Number.isFinite(value) ? (value as number) : otherNumber(value);
}

/** What is no number as JSON has them, but "NaN", "Infinity", "-Infinity", or a number as text. */
function otherNumber(value: unknown): number {
  if (value == null) return absent(0);
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  const number = decimal(value);
  return Number.isFinite(number) ? number : wrong("a number", value);
}

/** A number by its text; `NaN` if that is none, or no text. */
export function decimal(text: unknown): number {
  return typeof text === "string" && /^-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
}

export function float(value: unknown): number {
  const number = double(value);
  const rounded = Math.fround(number);
  return Number.isFinite(number) && !Number.isFinite(rounded) ? wrong("a float", value) : rounded;
}

export function uint32(value: unknown): number {
  const number = double(value);
  return number >>> 0 === number ? number >>> 0 : wrong("a uint32", value);
}

export function int32(value: unknown): number {
  const number = double(value);
  return (number | 0) === number ? number | 0 : wrong("an int32", value);
}

export function int64(value: unknown): bigint {
  return integer(value, BigInt.asIntN);
}

export function uint64(value: unknown): bigint {
  return integer(value, BigInt.asUintN);
}

function integer(value: unknown, wrap: (bits: number, value: bigint) => bigint): bigint {
  if (value == null) return absent(0n);
  const whole = typeof value === "string" && /^-?\d{1,20}$/.test(value) ? value : double(value);
  // A number beyond is not the one that was written.
  if (typeof whole === "number" && !Number.isSafeInteger(whole)) return wrong("a 64-bit integer, as a string of digits beyond 2^53", value);
  const number = BigInt(whole);
  return wrap(64, number) === number ? number : wrong("a 64-bit integer", value);
}

export function bytes(value: unknown): Uint8Array {
  try {
    const binary = atob(string(value).replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return wrong("base64", value);
  }
}
