// The same with the registrar's module inside.

import wasm from "../wasm/registrar.wasm";

export { Additions } from "./additions.js";
export { Registrar } from "./registrar.js";

export const source = (): URL | BufferSource => wasm;
