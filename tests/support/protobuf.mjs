// Just enough of protobuf's wire format to write frames by hand, good ones and bad ones.

const PREFIX = "type.googleapis.com/opentera.protobuf.";

/** One field: a number or bigint as a varint, text and bytes with their length. */
export function field(number, value) {
  if (typeof value === "number" || typeof value === "bigint") return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** A message of these fields, `[number, value]` each. */
export function message(...fields) {
  return Buffer.concat(fields.map(([number, value]) => field(number, value)));
}

/** An Any by its full type URL, or by the name of an OpenTera message. */
export function any(type, value) {
  return message([1, type.includes("/") ? type : PREFIX + type], [2, value]);
}

/** A frame: the TeraMessage that holds this Any. */
export function frame(type, value) {
  return field(1, any(type, value));
}

/** The frame of a TeraEvent with these Anys. */
export function eventFrame(...events) {
  const header = message([1, 1], [3, "topic"]);
  return frame("TeraEvent", message([1, header], ...events.map((event) => [2, event])));
}

/** The Any of a DeviceEvent that says `DEVICE_CONNECTED`. */
export function deviceEvent(name) {
  return any("DeviceEvent", message([1, "d"], [2, 1], [3, name]));
}

/** A TeraModuleMessage with these Anys. */
export function moduleMessage(...data) {
  return message([1, message([3, 7], [4, "service.x"])], ...data.map((each) => [2, each]));
}

/** The frame of a message of the link. */
export function linkFrame(name, ...fields) {
  return frame(`/tera.link.v1.${name}`, message(...fields));
}

/** The frame with its number in the session. */
export function numbered(frame, number) {
  return Buffer.concat([frame, field(1001, number)]);
}

/** The message that holds these frames. */
export function batchOf(...frames) {
  return message(...frames.map((frame) => [1004, frame]));
}

/** The fields of a message, a list of values by number: bigint for a varint, bytes for all else. */
export function fields(bytes) {
  const found = {};
  let at = 0;
  const read = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length) throw new RangeError("the message ends inside a field");
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length) => {
    if (at + length > bytes.length) throw new RangeError("the message ends inside a field");
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const key = Number(read());
    const value = [read, () => take(8), () => take(Number(read())), , , () => take(4)][key & 7]();
    (found[key >> 3] ??= []).push(value);
  }
  return found;
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
