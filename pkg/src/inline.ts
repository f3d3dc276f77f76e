// The entry point that carries the WebAssembly module inside, for `file://` pages, a `connect-src` that forbids to fetch it,
// and runtimes without `fetch` for files. The registrar is inside the script that comes with the first
// registration.

import wasm from "../wasm/tera_client.wasm";
import * as text from "./text.js";
import { setSources } from "./load.js";

setSources(
  () => wasm,
  () => import("./inline-registration.js"),
  async () => text,
);

export * from "./api.js";
