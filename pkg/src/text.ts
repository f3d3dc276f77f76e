// What reads the JSON text of plain OpenTera servers, as a script that is loaded with the first text, or registration.

export { READERS, parse, readersOf } from "./json.js";
