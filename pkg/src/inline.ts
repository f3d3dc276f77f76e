// The entry point that carries the WebAssembly module inside: for `file://` pages, a `connect-src` that forbids to
// fetch it, and runtimes without `fetch` for files.

import wasm from "../wasm/tera_client_bg.wasm";
import { setDefaultSource } from "./load.js";

setDefaultSource(() => wasm);

export * from "./api.js";
