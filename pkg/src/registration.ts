// What registering messages takes, as a script that is loaded with the first registration.

import { loader } from "./additions.js";

export const load = loader(() => new URL("./registrar.wasm", import.meta.url));
