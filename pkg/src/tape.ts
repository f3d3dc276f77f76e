// Builds objects from the tape, the one crossing a frame makes out of WebAssembly. Its layout is described in
// crates/tape/src/lib.rs. The readers of each message, which are generated or made by the registry, call the
// functions here.

import { type AnyMessage, TERA_EVENT, TERA_EVENT_HEADER, type TeraEventHeader, type Unknown } from "./generated/messages.js";
import type { Registry } from "./registry.js";
import { MOST, readString } from "./strings.js";

/** The header of the TeraEvent that an event came in. */
export type Header = TeraEventHeader;

const UNKNOWN = -1;
const INVALID = -2;

// The payload being read. Nothing here outlives `read`: handlers run after it.
let slots: Int32Array;
let floats: Float32Array;
let memory = new Uint8Array();
/** Place of the tape's slot 0. */
let base = 0;
/** Place of the bytes. */
let blob = 0;
/** The strings that are ASCII. */
let text = "";
/** Those that are not. */
let wide = "";
let known: string[];
let enums: Registry["enums"];
let fromTape: Registry["fromTape"];
let invalid: string[] = [];

const bits = new DataView(new ArrayBuffer(8));

export function string(at: number): string {
  const start = slots[at];
  if (start < 0) return known[~start];
  const end = slots[at + 1];
  return end < 0 ? wide.substring(start, ~end) : text.substring(start, end);
}

export function uint32(at: number): number {
  return slots[at] >>> 0;
}

export function int32(at: number): number {
  return slots[at];
}

export function bool(at: number): boolean {
  return slots[at] !== 0;
}

export function float(at: number): number {
  return floats[at];
}

export function double(at: number): number {
  bits.setInt32(0, slots[at], true);
  bits.setInt32(4, slots[at + 1], true);
  return bits.getFloat64(0, true);
}

export function int64(at: number): bigint {
  return (BigInt(slots[at + 1]) << 32n) | BigInt(slots[at] >>> 0);
}

export function uint64(at: number): bigint {
  return (BigInt(slots[at + 1] >>> 0) << 32n) | BigInt(slots[at] >>> 0);
}

export function bytes(at: number): Uint8Array {
  return memory.slice(blob + slots[at], blob + slots[at + 1]);
}

export function enumName(at: number, index: number): string | number {
  const number = slots[at];
  return enums[index][number] ?? number;
}

export function message(at: number, index: number): unknown {
  const record = slots[at];
  return record ? fromTape[index](base + record, undefined) : undefined;
}

/** A nested Any; in a payload's list, one that can't be read is reported and absent. */
export function any(at: number): AnyMessage | undefined {
  const record = slots[at];
  return record ? anyRecord(base + record, undefined) : undefined;
}

export function optional<T>(at: number, read: (at: number, index: number) => T, index = 0): T | undefined {
  return slots[at] ? read(at + 1, index) : undefined;
}

export function list<T>(at: number, read: (at: number, index: number) => T, index = 0): T[] {
  const items = new Array<T>(slots[at]);
  let element = slots[at + 1];
  for (let item = 0; item < items.length; item++) {
    items[item] = read(base + element + 1, index);
    element = slots[base + element];
  }
  return items;
}

/** A list of Anys, without those that can't be read. */
export function anys(at: number, header?: Header): AnyMessage[] {
  const items = new Array<AnyMessage>(slots[at]);
  let element = slots[at + 1];
  let length = 0;
  for (let count = items.length; count > 0; count--) {
    const item = anyRecord(base + slots[base + element + 1], header);
    if (item) items[length++] = item;
    element = slots[base + element];
  }
  if (length < items.length) items.length = length;
  return items;
}

function anyRecord(at: number, header: Header | undefined): AnyMessage | undefined {
  const type = slots[at];
  if (type >= 0) return fromTape[type](at, header);
  if (type === UNKNOWN) {
    const unknown = { $type: "Unknown", typeUrl: string(at + 1), value: bytes(at + 3), $header: header };
    return unknown as Unknown;
  }
  if (type === INVALID) {
    invalid.push(`A message of type ${string(at + 1)} can't be read: ${string(at + 3)}.`);
  }
  return undefined;
}

/** What a payload holds: its messages, and what is wrong with each that can't be read. */
export interface Payload {
  messages: AnyMessage[];
  invalid: string[];
  /** Whether it is a TeraEvent, which holds the messages. */
  isEvent: boolean;
  /** What came instead of messages. */
  signal?: object;
}

/** Looks at the module's memory, again if it has grown, which detaches the views. */
function view(from: WebAssembly.Memory): void {
  if (memory.length) return;
  const buffer = from.buffer as ArrayBuffer;
  slots = new Int32Array(buffer);
  floats = new Float32Array(buffer);
  memory = new Uint8Array(buffer);
}

/**
 * Builds the objects of the payload on the tape: the events of a TeraEvent, or the one message that it is. `places` is
 * where WebAssembly says in memory how it lies there.
 */
export function read(places: number, from: WebAssembly.Memory, registry: Registry): Payload {
  view(from);
  const place = places >>> 2;
  base = slots[place] >>> 2;
  text = readString(memory, slots[place + 1], slots[place + 2]);
  blob = slots[place + 3];
  wide = readString(memory, slots[place + 8], slots[place + 9], MOST);
  ({ enums, fromTape, known } = registry);
  // What came before and is new here, is kept for the next time as a string that is no part of a text.
  for (let at = slots[place + 6] >>> 2, end = at + 3 * slots[place + 7]; at < end; at += 3) {
    known[slots[at]] = readString(memory, slots[at + 1], slots[at + 2]);
  }
  invalid = [];
  const at = base + 1;
  let messages: AnyMessage[];
  const isEvent = slots[at] === TERA_EVENT;
  if (isEvent) {
    const header = message(at + 1, TERA_EVENT_HEADER) as Header | undefined;
    messages = anys(at + 2, header);
  } else {
    const one = anyRecord(at, undefined);
    messages = one ? [one] : [];
  }
  text = wide = "";
  return { messages, invalid, isEvent };
}

/** The topic that the payload at these places came from; empty if no subscription brought it. */
export function readTopic(places: number, from: WebAssembly.Memory): string {
  view(from);
  return readString(memory, slots[(places >>> 2) + 4], slots[(places >>> 2) + 5]);
}
