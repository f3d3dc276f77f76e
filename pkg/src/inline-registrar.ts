// The registrar inside a script.

export { default } from "../wasm/registrar.wasm";
