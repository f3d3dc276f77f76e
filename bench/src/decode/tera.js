// The package's own decode step: the module with its benchmark exports, and the reader of the tape.

import initialise, { Steps } from "tera/wasm";
import { parse } from "tera/src/json.ts";
import { Registry } from "tera/src/registry.ts";
import { read, write } from "tera/src/tape.ts";
import { quietHost } from "../host.js";
import { camel } from "../objects.js";

export const style = camel;

const registry = new Registry();

/** Loads the module; resolves with a function from a frame to a payload. */
export async function start(wasm) {
  const { memory } = await initialise({ module_or_path: wasm });
  const steps = new Steps(quietHost({}));
  const places = steps.places();
  let inbox = 0;
  let room = 0;
  return (frame) => {
    if (frame.length > room) {
      inbox = steps.inbox(frame.length);
      room = frame.length;
    }
    write(frame, inbox, memory);
    steps.received(frame.length);
    return read(places, memory, registry).messages;
  };
}

/** JSON text to the same objects. */
export const fromText = (text) => parse(text, registry).messages;
export const header = (events) => events[0].$header;
export const events = (messages) => messages;
