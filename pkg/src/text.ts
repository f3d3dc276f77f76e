// What takes the text of plain OpenTera servers, as a script that is loaded with the first text, or registration.

import { parse } from "./json.js";
import { Happening, type Link } from "./module.js";
import type { Registry } from "./registry.js";
import type { Payload } from "./tape.js";

export { READERS, readersOf } from "./json.js";

/** What these servers answer to whatever a client sends. */
const NOT_ALLOWED = "Not allowed to send message";

/** Tells a link that a text came. Returns what is to be delivered of it. */
export function receive(link: Link, now: number, text: string, registry: Registry): Payload | undefined {
  if (text === NOT_ALLOWED) link.happened(now, Happening.NotAllowed);
  else if (link.accepts(text.length)) {
    const parsed = parse(text, registry);
    const isInvalid = typeof parsed === "string";
    if (link.receivedText(now, isInvalid ? parsed : "") && !isInvalid) return parsed;
  }
  return undefined;
}
