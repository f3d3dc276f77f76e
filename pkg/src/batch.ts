// The frames of a binary message, as crates/protocol/src/link/frame/batch.rs tells them apart in Rust.

/** Gives each frame of a batch to `each`, or the message itself; what is left of a malformed batch is one last frame. */
export function split(message: Uint8Array, each: (frame: Uint8Array) => void): void {
  // The first two bytes are the key of the field `batch` of a Frame.
  while (message[0] === 0xe2 && message[1] === 0x3e) {
    let at = 2;
    let length = 0;
    let scale = 1;
    for (let byte = 128; byte > 127; scale *= 128) length += ((byte = message[at++]) & 127) * scale;
    const end = at + length;
    // Not `>`: the end of a number that never ends is none.
    if (!(end <= message.length)) break;
    each(message.subarray(at, end));
    if (end === message.length) return;
    message = message.subarray(end);
  }
  each(message);
}
