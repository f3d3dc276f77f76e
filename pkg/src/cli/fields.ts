// Protobuf bytes as fields, for what of a descriptor set WebAssembly doesn't read.

type Value = number | Uint8Array;

const utf8 = new TextDecoder();

/** Every value of the field of this number that has a length. */
export function all(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const [number, value] of fields(bytes)) if (number === wanted && typeof value !== "number") found.push(value);
  return found;
}

export function text(bytes: Uint8Array, wanted: number): string {
  return utf8.decode(all(bytes, wanted).at(-1));
}

/** A field that is true or false; absent, it is false. */
export function flag(bytes: Uint8Array, wanted: number): boolean {
  let found: Value = 0;
  for (const [number, value] of fields(bytes)) if (number === wanted) found = value;
  return found !== 0;
}

/** The bytes without the fields of this number. */
export function without(bytes: Uint8Array, unwanted: number): Uint8Array[] {
  const kept: Uint8Array[] = [];
  for (const [number, , whole] of fields(bytes)) if (number !== unwanted) kept.push(whole);
  return kept;
}

/** Number, value and all bytes of each field. */
function* fields(bytes: Uint8Array): Generator<[number, Value, Uint8Array]> {
  for (let at = 0; at < bytes.length; ) {
    const first = at;
    const [key, start] = varint(bytes, at);
    const wireType = key % 8;
    const [value, afterValue] = wireType === 0 || wireType === 2 ? varint(bytes, start) : [wireType === 1 ? 8 : wireType === 5 ? 4 : 0, start];
    at = wireType === 0 ? afterValue : afterValue + value;
    if (at > bytes.length) throw new Error("The bytes end inside a field.");
    yield [Math.floor(key / 8), wireType === 2 ? bytes.subarray(afterValue, at) : value, bytes.subarray(first, at)];
  }
}

export function* numbers(run: Uint8Array): Generator<number> {
  for (let at = 0; at < run.length; ) {
    const [number, next] = varint(run, at);
    at = next;
    yield number;
  }
}

/** A number and the place behind it. Above 2⁵³ it is inexact, which no path and no length is. */
function varint(bytes: Uint8Array, at: number): [number, number] {
  let number = 0;
  for (let scale = 1; at < bytes.length; scale *= 128) {
    const byte = bytes[at++];
    number += (byte & 127) * scale;
    if (byte < 128) return [number, at];
  }
  throw new Error("The bytes end inside a number.");
}
