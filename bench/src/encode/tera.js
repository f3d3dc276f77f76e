// The package's own encode step: the writer of the tape, and its module.

import { encode } from "tera/src/encoder.ts";
import { Operation } from "tera/src/module.ts";
import { Registry } from "tera/src/registry.ts";
import { startLink } from "../link.js";
import { DEST } from "./contestants.js";

const registry = new Registry();

/** Every so many messages the gateway acknowledges, as ours does. */
const ACK_EVERY = 64;

export async function start(wasm, greetings) {
  // What is transmitted is only borrowed: `socket.send` copies it, as it does what the peers give. So does the check.
  let frame;
  let isKept = false;
  const { link } = await startLink(wasm, { transmit: (bytes) => (frame = isKept ? bytes.slice() : bytes) }, registry);
  link.timedOut(0);
  for (const each of greetings) link.received(0, each);
  let sent = 0;
  const write = (messages) => {
    const body = encode("TeraModuleMessage", { data: messages }, registry);
    link.submit(0, Operation.Send, DEST, 0, body);
    sent += 1;
    const result = frame;
    if (sent % ACK_EVERY === 0) link.received(0, acknowledge(sent));
    return result;
  };
  return {
    prepare: (types, events) => events.map((event, index) => ({ $type: types[index % types.length], ...event })),
    encode: write,
    /** The frame of a message, for longer than until the next one. */
    encodeToKeep(messages) {
      isKept = true;
      const result = write(messages);
      isKept = false;
      return result;
    },
  };
}

/** The frame of an Ack. */
function acknowledge(number) {
  const bytes = [10, 19, 10, 17, ...new TextEncoder().encode("/tera.link.v1.Ack"), 0xd0, 0x3e];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number & 127) | 128);
  return Uint8Array.from([...bytes, number]);
}
