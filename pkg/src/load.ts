// Loads the WebAssembly modules: each once, on demand, and again after a failure.

import { TeraError } from "./errors.js";
import { type Exports, instantiate } from "./module.js";

/** Where a WebAssembly module comes from. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** A source that may take a while to be had. */
type Source = () => WasmSource | Promise<WasmSource>;

let sources: { module: Source; registrar: Source };
let module: Promise<Exports> | undefined;
let registrar: Promise<WebAssembly.Module> | undefined;

/**
 * Set by the entry point; the entries differ in nothing else.
 *
 * @internal
 */
export function setSources(module: Source, registrar: Source): void {
  sources = { module, registrar };
}

/**
 * Loads the module unless it is loaded or being loaded; a failure is not kept.
 *
 * @internal
 */
export function load(source?: WasmSource): Promise<Exports> {
  return (module ??= compile(source, () => sources.module()).then(instantiate).catch((cause: unknown) => {
    module = undefined;
    throw notLoaded("tera_client.wasm", "`init`", cause);
  }));
}

/**
 * Loads the module that registers messages, in the same way.
 *
 * @internal
 */
export function loadRegistrar(source?: WasmSource): Promise<WebAssembly.Module> {
  return (registrar ??= compile(source, () => sources.registrar()).catch((cause: unknown) => {
    registrar = undefined;
    throw notLoaded("registrar.wasm", "`register`", cause);
  }));
}

async function compile(given: WasmSource | undefined, otherwise: Source): Promise<WebAssembly.Module> {
  let source = given ?? (await otherwise());
  if (typeof source === "string" || source instanceof URL) source = await fetch(source);
  if (source instanceof WebAssembly.Module) return source;
  if (!(source instanceof Response)) return WebAssembly.compile(source);
  if (!source.ok) throw new Error(`${source.url}: ${source.status} ${source.statusText}`);
  // Served as anything else, it can't be compiled while it arrives.
  const isStream = source.headers.get("content-type")?.startsWith("application/wasm");
  return isStream ? WebAssembly.compileStreaming(source) : WebAssembly.compile(await source.arrayBuffer());
}

function notLoaded(file: string, call: string, cause: unknown): TeraError {
  return new TeraError(
    "not_loaded",
    "The WebAssembly module could not be loaded.",
    `Serve \`${file}\` beside the script, pass its URL or bytes to ${call}, or import "tera-client/inline".`,
    { cause },
  );
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
