// The package's own encode step: the writer of the tape, and its module.

import { encode } from "tera/src/encoder.ts";
import { REQUEST } from "tera/src/module.ts";
import { Registry } from "tera/src/registry.ts";
import { startLink } from "../link.js";
import { DEST } from "./contestants.js";

const registry = new Registry();

export async function start(wasm, welcome) {
  let frame;
  const { link } = await startLink(wasm, { transmit: (bytes) => (frame = bytes.slice()) });
  link.received(0, welcome);
  return {
    prepare: (types, events) => events.map((event, index) => ({ $type: types[index % types.length], ...event })),
    /** The frame of a request, which stays under way. */
    encode(messages) {
      const { slots, text, blob } = encode("TeraModuleMessage", { data: messages }, registry);
      link.submit(0, REQUEST, DEST, 0, slots, text, blob);
      return frame;
    },
  };
}
