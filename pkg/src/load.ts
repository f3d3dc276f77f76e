// Loads the WebAssembly module: once, on demand, and again after a failure.

import initialise, { type InitOutput } from "../wasm/tera_client.js";
import { TeraError } from "./errors.js";

/** Where the WebAssembly module comes from. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

let defaultSource: () => WasmSource;
let loading: Promise<InitOutput> | undefined;

/**
 * Set by the entry point; the entries differ in nothing else.
 *
 * @internal
 */
export function setDefaultSource(source: () => WasmSource): void {
  defaultSource = source;
}

/**
 * Loads the module unless it is loaded or being loaded; a failure is not kept.
 *
 * @internal
 */
export function load(source?: WasmSource): Promise<InitOutput> {
  loading ??= instantiate(source).catch((cause: unknown) => {
    loading = undefined;
    throw new TeraError(
      "not_loaded",
      "The WebAssembly module could not be loaded.",
      'Serve `tera_client.wasm` beside the script, pass its URL or bytes to `init`, or import "tera-client/inline".',
      { cause },
    );
  });
  return loading;
}

async function instantiate(source = defaultSource()): Promise<InitOutput> {
  return initialise({ module_or_path: source });
}

/**
 * Loads the WebAssembly module. `connect` does so by itself; call this to load it earlier or from elsewhere. Calling it
 * again is harmless; after a failure it tries again.
 *
 * @throws {TeraError} `not_loaded`
 */
export async function init(source?: WasmSource): Promise<void> {
  await load(source);
}
