// The same with the registrar's module inside.

import wasm from "../wasm/registrar.wasm";

export { register } from "./additions.js";
export { Registrar } from "./registrar.js";

export const source = (): URL | BufferSource => wasm;
