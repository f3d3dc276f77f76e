// What registering messages takes, as a script that is loaded with the first registration.

export { register } from "./additions.js";
export { Registrar } from "./registrar.js";

/** Where the registrar's module lies. */
export const source = (): URL | BufferSource => new URL("./registrar.wasm", import.meta.url);
