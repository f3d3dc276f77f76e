// The package's own encode step: the writer of the tape, and the module with its benchmark exports.

import initialise, { Steps } from "tera/wasm";
import { encode } from "tera/src/encoder.ts";
import { quietHost } from "../host.js";
import { DEST } from "./contestants.js";

export async function start(wasm, welcome) {
  await initialise({ module_or_path: wasm });
  const steps = new Steps(quietHost({}));
  steps.frame(welcome);
  return {
    prepare: (types, events) => events.map((event, index) => ({ $type: types[index % types.length], ...event })),
    encode(messages) {
      const { slots, text, blob } = encode("TeraModuleMessage", { data: messages });
      return steps.request(DEST, slots, text, blob);
    },
  };
}
