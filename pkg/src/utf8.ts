// Text as UTF-8, for what goes into WebAssembly or onto the wire.

const encoder = new TextEncoder();
/** A call of the engine's own encoder takes as long as a loop over so many characters. */
const LONG = 96;

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
    if (code < 0x800) bytes[end++] = 0xc0 | (code >> 6);
    else {
      code = text.codePointAt(at)!;
      if (code > 0xffff) {
        at++;
        bytes[end++] = 0xf0 | (code >> 18);
        bytes[end++] = 0x80 | ((code >> 12) & 63);
      } else {
        if (code >> 11 === 27) code = 0xfffd;
        bytes[end++] = 0xe0 | (code >> 12);
      }
      bytes[end++] = 0x80 | ((code >> 6) & 63);
    }
    bytes[end++] = 0x80 | (code & 63);
  }
  return end - start;
}
