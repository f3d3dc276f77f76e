// The comments of a descriptor set, which only documentation needs; WebAssembly leaves them out. Source: the field
// numbers of google/protobuf/descriptor.proto.

type Value = number | Uint8Array;

const utf8 = new TextDecoder();

/** Comments by the full name of what they stand at; fields and values have a `:` and their name behind it. */
export function comments(set: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of all(set, 1)) {
    const places = new Map<string, string>();
    const scope = text(file, 2);
    definitions(file, scope && `${scope}.`, [4, 5], "", places);
    for (const location of all(file, 9).flatMap((info) => all(info, 1))) {
      const place = places.get(all(location, 1).flatMap((run) => [...numbers(run)]).join());
      const comment = (text(location, 3) || text(location, 4)).trim();
      if (place && comment) found.set(place, comment);
    }
  }
  return found;
}

/** Notes where messages and enums stand, which are in the fields of these numbers. */
function definitions(bytes: Uint8Array, scope: string, [messages, enums]: [number, number], path: string, places: Map<string, string>): void {
  all(bytes, messages).forEach((message, index) => {
    const [name, at] = [scope + text(message, 1), `${path}${messages},${index}`];
    places.set(at, name);
    all(message, 2).forEach((field, index) => places.set(`${at},2,${index}`, `${name}:${text(field, 10)}`));
    definitions(message, `${name}.`, [3, 4], `${at},`, places);
  });
  all(bytes, enums).forEach((each, index) => {
    const [name, at] = [scope + text(each, 1), `${path}${enums},${index}`];
    places.set(at, name);
    all(each, 2).forEach((value, index) => places.set(`${at},2,${index}`, `${name}:${text(value, 1)}`));
  });
}

/** Every value of the field of this number that has a length. */
function all(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const [number, value] of fields(bytes)) if (number === wanted && typeof value !== "number") found.push(value);
  return found;
}

function text(bytes: Uint8Array, wanted: number): string {
  return utf8.decode(all(bytes, wanted).at(-1));
}

function* fields(bytes: Uint8Array): Generator<[number, Value]> {
  for (let at = 0; at < bytes.length; ) {
    const [key, start] = varint(bytes, at);
    const wireType = key % 8;
    const [value, afterValue] = wireType === 0 || wireType === 2 ? varint(bytes, start) : [wireType === 1 ? 8 : wireType === 5 ? 4 : 0, start];
    at = wireType === 0 ? afterValue : afterValue + value;
    if (at > bytes.length) throw new Error("The bytes end inside a field.");
    yield [Math.floor(key / 8), wireType === 2 ? bytes.subarray(afterValue, at) : value];
  }
}

function* numbers(run: Uint8Array): Generator<number> {
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
