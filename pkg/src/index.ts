// The entry point for pages and bundlers: the WebAssembly module is a file of its own.

import { setDefaultSource } from "./load.js";

setDefaultSource(() => new URL("./tera_client.wasm", import.meta.url));

export * from "./api.js";
