// The guard around transports of applications. It comes with the first attempt that uses one: most pages have none.

import { isBytes, kindOf } from "./bytes.js";
import { reasonOf } from "./errors.js";
import type { OpenTransport, Transport, TransportEvents } from "./transport.js";

/** Closing with it does not end the session, whereas 1000 does. */
export const KEEP = 4006;

/**
 * Makes a transport keep to what is said in transport.ts, whatever it does: it is never heard inside a call, is heard no more after its
 * end, and what it throws is its end. Only `open` itself throws.
 */
export function guarded(open: OpenTransport): OpenTransport {
  return (url, events) => {
    let isOver = false;
    const later = (say: () => void) => queueMicrotask(() => isOver || say());
    const close = (code: number) => {
      if (isOver) return;
      isOver = true;
      try {
        transport.close(code);
      } catch {
        // It is over all the same.
      }
    };
    const attempt = (act: () => void) => {
      try {
        act();
      } catch (error) {
        close(KEEP);
        queueMicrotask(() => events.close(1006, `the transport failed: ${reasonOf(error)}`));
      }
    };
    const heard: TransportEvents = {
      open: () => later(events.open),
      message: (data) =>
        later(() =>
          attempt(() => {
            if (typeof data !== "string" && !isBytes(data) && kindOf(data) !== "ArrayBuffer") {
              throw new TypeError("a message must be a string, an ArrayBuffer or a Uint8Array");
            }
            events.message(data);
          }),
        ),
      close: (code, reason) =>
        later(() => {
          isOver = true;
          events.close(Number.isInteger(code) && code >= 0 && code < 65536 ? code : 1006, typeof reason === "string" ? reason : "");
        }),
    };
    let transport: Transport;
    try {
      transport = open(url, heard);
      if (typeof transport?.send !== "function" || typeof transport.close !== "function") {
        throw new TypeError("a transport must have the functions `send` and `close`");
      }
    } catch (error) {
      isOver = true;
      throw error;
    }
    return {
      send: (bytes) => isOver || attempt(() => transport.send(bytes.slice())),
      close,
      get bufferedAmount() {
        return transport.bufferedAmount;
      },
    };
  };
}
