// Text as UTF-8, for what goes into WebAssembly or onto the wire.

/** A call of the engine's own encoder takes as long as a loop over so many characters. */
const LONG = 96;

const encoder = new TextEncoder();

/**
 * Writes a text at a place that has room for three bytes of each of its UTF-16 units, the most that they take. Returns how many
 * bytes it took. Of a surrogate without its other half it makes U+FFFD, as `TextEncoder` does.
 */
export function writeText(text: string, bytes: Uint8Array, start: number): number {
  if (text.length > LONG) return encoder.encodeInto(text, bytes.subarray(start)).written;
  let end = start;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code < 0x80) {
      bytes[end++] = code;
      continue;
    }
    code = text.codePointAt(at)!;
    if (code > 0xffff) at++;
    else if (code >> 11 === 27) code = 0xfffd;
    // Six bits in each byte but the first, whose highest bits say how many there are.
    let shift = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
    bytes[end++] = (-128 >> (shift / 6)) | (code >> shift);
    while (shift) bytes[end++] = 0x80 | ((code >> (shift -= 6)) & 63);
  }
  return end - start;
}
