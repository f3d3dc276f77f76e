// The package's own decode step: the module with its benchmark exports, and the reader of the tape.

import initialise, { Steps } from "tera/wasm";
import { parse } from "tera/src/json.ts";
import { Registry } from "tera/src/registry.ts";
import { read } from "tera/src/tape.ts";
import { quietHost } from "../host.js";
import { camel } from "../objects.js";

export const style = camel;

const registry = new Registry();

/** Loads the module; resolves with a function from a frame to a payload. */
export async function start(wasm) {
  const { memory } = await initialise({ module_or_path: wasm });
  let payload;
  const steps = new Steps(quietHost({
    deliver: (_id, frame, slots, text, textLength, at) => {
      payload = read({ buffer: memory.buffer, frame: frame >>> 0, slots: slots >>> 0, text: text >>> 0, textLength: textLength >>> 0, at }, registry);
    },
  }));
  return (bytes) => {
    steps.frame(bytes);
    return payload.messages;
  };
}

/** JSON text to the same objects. */
export const fromText = (text) => parse(text, registry).messages;
export const header = (events) => events[0].$header;
export const events = (messages) => messages;
