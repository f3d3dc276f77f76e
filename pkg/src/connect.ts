// The way to a client.

import { Client } from "./client.js";
import { misuse } from "./errors.js";
import { load } from "./load.js";
import { aborted, linkOptions } from "./options.js";
import { openWebSocket } from "./transport.js";
import type { ConnectOptions } from "./types.js";
import { textOf } from "./url.js";

/**
 * Connects to an OpenTera server or a gateway. Resolves when the server's first message is there; from then on a lost
 * connection is made again by itself. A function in place of the URL, which is a string or a `URL`, is asked before each attempt: URLs of
 * OpenTera work once, and one that was used looks like a server that isn't there. If the function throws, the next attempt asks again, unless
 * what it throws has the code `unauthorized`: then the client is closed.
 *
 * `connectTimeout` counts from when the WebAssembly module is there. Where its download stalls, only `signal` gives up.
 *
 * @example
 * const client = await connect(async () => {
 *   const response = await fetch("/api/login", { method: "POST", body });
 *   if (response.status === 401) throw new TeraError("unauthorized", "The login was refused.");
 *   return (await response.json()).websocket_url;
 * });
 * client.on("DeviceEvent", (event) => console.log(event.deviceName, event.type));
 *
 * @throws {TeraError} `connect_failed` if the first attempt fails, `unauthorized`, `logged_out`, `aborted`,
 * `invalid_argument`, `not_loaded`
 */
export async function connect(url: string | URL | (() => string | URL | Promise<string | URL>), options: ConnectOptions = {}): Promise<Client> {
  const provider = typeof url === "function" ? url : () => url;
  if (typeof url !== "function" && textOf(url) === undefined) throw misuse("The URL must be a string, a URL or a function.");
  const numbers = linkOptions(options);
  const { signal, transport, validate } = options;
  if (signal?.aborted) throw aborted(signal);
  const open = transport ? async () => (await import("./guard.js")).guarded(transport) : () => openWebSocket;
  return new Promise((resolve, reject) => {
    const client = Client.start(load, provider, numbers, open, validate);
    const abort = () => {
      reject(aborted(signal!));
      client.close();
    };
    signal?.addEventListener("abort", abort);
    const off = client.on("state", (state) => {
      if (state.name === "connected") resolve(client);
      else if (state.name === "closed") reject(state.error);
      else return;
      off();
      signal?.removeEventListener("abort", abort);
    });
    // The URL function may have aborted it.
    if (signal?.aborted) abort();
  });
}
