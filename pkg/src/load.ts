// Loads the WebAssembly modules: each once, on demand, and again after a failure.

import type { Registration } from "./additions.js";
import { TeraError, reasonOf } from "./errors.js";
import { type Exports, instantiate } from "./module.js";
import { textOf } from "./url.js";

/** Where a WebAssembly module comes from. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

type Script = typeof import("./registration.js");
type Text = typeof import("./text.js");

let moduleSource: () => WasmSource;
let registrationSource: () => Promise<Script>;
let textSource: () => Promise<Text>;
let module: Promise<Exports> | undefined;
let registration: Promise<Registration> | undefined;
/** What reads text, once {@link loadText} has resolved. */
export let text: Text | undefined;

/**
 * Set by the entry point; the entries differ in nothing else.
 *
 * @internal
 */
export function setSources(module: () => WasmSource, registration: () => Promise<Script>, text: () => Promise<Text>): void {
  moduleSource = module;
  registrationSource = registration;
  textSource = text;
}

/**
 * Loads the module unless it is loaded or being loaded; a failure is not kept.
 *
 * @internal
 */
export function load(source?: WasmSource): Promise<Exports> {
  return (module ??= compile(source, moduleSource).then(instantiate).catch((cause: unknown) => {
    module = undefined;
    throw notLoaded("tera_client.wasm", cause, "init");
  }));
}

/**
 * Loads what registering takes, in the same way.
 *
 * @internal
 */
export function loadRegistration(source?: WasmSource): Promise<Registration> {
  return (registration ??= registrationSource().then(({ load }) => load(source, compile)).catch((cause: unknown) => {
    registration = undefined;
    throw notLoaded("registrar.wasm", cause, "register");
  }));
}

/**
 * Loads what reads the text of plain OpenTera servers.
 *
 * @internal
 */
export async function loadText(): Promise<Text> {
  return (text ??= await script("text.js", textSource()));
}

/**
 * A script of the package that was asked for.
 *
 * @internal
 */
export function script<T>(file: string, loading: Promise<T>): Promise<T> {
  return loading.catch((cause: unknown) => {
    throw notLoaded(file, cause);
  });
}

/** Compiles the module from the place that is given, or else from another one. */
export type Compile = (given: WasmSource | undefined, otherwise: () => WasmSource) => Promise<WebAssembly.Module>;

async function compile(given: WasmSource | undefined, otherwise: () => WasmSource): Promise<WebAssembly.Module> {
  let source = given ?? otherwise();
  const url = textOf(source);
  if (url !== undefined) source = await fetch(url);
  if (source instanceof WebAssembly.Module) return source;
  if (!(source instanceof Response)) return WebAssembly.compile(source as BufferSource);
  if (!source.ok) throw new Error(`${source.url}: ${source.status} ${source.statusText}`);
  // Served as anything else, it can't be compiled while it arrives.
  const isStream = source.headers.get("content-type")?.startsWith("application/wasm");
  return isStream ? WebAssembly.compileStreaming(source) : WebAssembly.compile(await source.arrayBuffer());
}

/** `call` is what takes a module from elsewhere. */
function notLoaded(file: string, cause: unknown, call?: string): TeraError {
  const elsewhere = call ? `, pass its URL or bytes to \`${call}\`, or import "tera-client/inline"` : "";
  return new TeraError("not_loaded", `A part of the SDK could not be loaded: ${reasonOf(cause)}`, `Serve \`${file}\` beside the script${elsewhere}.`, { cause });
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
