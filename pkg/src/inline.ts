// The entry point that carries the WebAssembly module inside, for `file://` pages, a `connect-src` that forbids to fetch it,
// and runtimes without `fetch` for files. The registrar is inside a script of its own, which few applications need.

import wasm from "../wasm/tera_client.wasm";
import { setSources } from "./load.js";

setSources(
  () => wasm,
  async () => (await import("./inline-registrar.js")).default,
);

export * from "./api.js";
