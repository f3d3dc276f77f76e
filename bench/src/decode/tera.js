// The package's own decode step: its module, and the reader of the tape.

import { parse } from "tera/src/json.ts";
import { Registry } from "tera/src/registry.ts";
import { read } from "tera/src/tape.ts";
import { startLink } from "../link.js";
import { camel } from "../objects.js";

export const style = camel;

const registry = new Registry();

/** Loads the module; resolves with a function from a frame to a payload. */
export async function start(wasm) {
  const { link, memory } = await startLink(wasm, {}, registry);
  return (frame) => read(link.received(0, frame), memory, registry).messages;
}

/** JSON text to the same objects. */
export const fromText = (text) => parse(text, registry).messages;
export const header = (events) => events[0].$header;
export const events = (messages) => messages;
