// The same with the registrar's module inside.

import wasm from "../wasm/registrar.wasm";
import { loader } from "./additions.js";

export const load = loader(() => wasm);
