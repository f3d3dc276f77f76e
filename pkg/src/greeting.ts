// What a gateway and a new client say first, for as long as the module isn't there to say it.

/** The frame of a Hello from a client without a session, as crates/protocol/src/link/requests.rs makes it: its bytes are ASCII. */
const HELLO = "\n\x19\n\x13/tera.link.v1.Hello\x12\x02\x18\x01";

export function hello(): Uint8Array {
  return new TextEncoder().encode(HELLO);
}

/** Whether a binary message looks like a Welcome, by the `/` and the `W` of `/tera.link.v1.Welcome`. The module looks closer. */
export function isWelcome(frame: Uint8Array): boolean {
  return frame[4] === 47 && frame[18] === 87;
}
