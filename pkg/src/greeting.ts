// What a gateway and a new client say first, for as long as the module isn't there to say it.

const LINK = "/tera.link.v1.";

/** The frame of a Hello from a client without a session, as crates/protocol/src/link/requests.rs makes it. */
export function hello(): Uint8Array {
  const url = new TextEncoder().encode(`${LINK}Hello`);
  return Uint8Array.of(10, url.length + 4, 10, url.length, ...url, 18, 0);
}

/** Whether a binary message looks like the Welcome of a gateway; the module will look closer. */
export function isWelcome(frame: Uint8Array): boolean {
  return new TextDecoder().decode(frame.subarray(0, 32)).includes(`${LINK}Welcome`);
}
