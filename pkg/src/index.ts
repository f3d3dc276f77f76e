// The entry point for pages and bundlers: the WebAssembly modules are files of their own.

import { setSources } from "./load.js";

setSources(
  () => new URL("./tera_client.wasm", import.meta.url),
  () => import("./registration.js"),
  () => import("./text.js"),
);

export * from "./api.js";
