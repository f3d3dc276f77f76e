// A page with a bare WebSocket and protobuf.js. With a gateway it does the least that keeps its session going.

import protobuf from "protobufjs/minimal.js";
import { opentera } from "generated/protobufjs-opentera.js";
import { first, hear, hearFirst } from "./heard.js";

const { DeviceEvent, TeraEvent, TeraMessage } = opentera.protobuf;
const PREFIX = "type.googleapis.com/opentera.protobuf.";
const types = new Map([[`${PREFIX}DeviceEvent`, DeviceEvent]]);
/** So many messages are acknowledged at once. */
const ACK_EVERY = 256;

/** The key of a frame in a batch. */
const BATCH = [0xe2, 0x3e];
/** A Hello's `batches`. */
const TAKES_BATCHES = [0x18, 1];

/** The frame of a message of the link, whose fields are given as bytes. */
function linkFrame(name, fields = []) {
  const url = new TextEncoder().encode(`/tera.link.v1.${name}`);
  const any = [0x0a, url.length, ...url, 0x12, fields.length, ...fields];
  return [0x0a, any.length, ...any];
}

function ackFrame(number) {
  const frame = [...linkFrame("Ack"), 0xd0, 0x3e];
  for (; number > 127; number >>>= 7) frame.push((number & 127) | 128);
  return new Uint8Array([...frame, number]);
}

let socket;
let received = 0;
let isLink = false;

function handleLink(url) {
  if (url !== "/tera.link.v1.Welcome") return;
  isLink = true;
  socket.send(new Uint8Array(linkFrame("Hello", TAKES_BATCHES)));
}

/** Connects; resolves with the moment of the first event. */
globalThis.start = async (url) => {
  let take = (event) => {
    hearFirst(event);
    take = (event) => hear(event.deviceName.length + event.type);
  };
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const hearFrame = (frame) => {
    const { message } = TeraMessage.decode(frame);
    if (message.type_url !== `${PREFIX}TeraEvent`) return handleLink(message.type_url);
    if (isLink && ++received % ACK_EVERY === 0) socket.send(ackFrame(received));
    for (const any of TeraEvent.decode(message.value).events) take(types.get(any.type_url).decode(any.value));
  };
  socket.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data);
    if (!BATCH.every((byte, at) => byte === bytes[at])) return hearFrame(bytes);
    for (const batch = protobuf.Reader.create(bytes); batch.pos < batch.len; ) {
      batch.uint32();
      hearFrame(batch.bytes());
    }
  };
  return first;
};

globalThis.stop = () => socket.close(1000);
