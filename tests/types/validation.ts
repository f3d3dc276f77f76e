// Validation: what the types must allow and must refuse. A line after `@ts-expect-error` that compiles is an error.

import { connect, type Client, type Received, type StopSessionEvent, type Validate } from "tera-client";
import { type Violation, validate, violations } from "tera-client/validation";

declare const client: Client;
declare const received: Received<StopSessionEvent>;

await connect("wss://example.org", { validate });
const found: Violation[] = violations({ $type: "StopSessionEvent", sessionUuid: "e1a2" });
found[0]?.rule satisfies "required" | "uuid" | "enum" | "nesting" | undefined;
found[0]?.path satisfies string | undefined;
violations(received);
client.on("event", (event) => void violations(event));
export const own: Validate = (message, types) => (types.indexOf(message.$type) === undefined ? "I don't know it." : validate(message, types));

// @ts-expect-error: the tables are the package's own
export const peeking: Validate = (_message, { types }) => types[0]?.name;
// @ts-expect-error: only a message can be wrong
violations("e1a2");
// @ts-expect-error: what is wrong is said in a sentence
export const silent: Validate = () => false;
// @ts-expect-error: it is a function
await connect("wss://example.org", { validate: true });
