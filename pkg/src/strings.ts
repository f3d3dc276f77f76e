// Strings out of WebAssembly's memory.

/** In bytes, the longest text that is made without the decoder if it may be ASCII, with which the decoder is fast. */
const SHORT = 512;
/** The longest that can be made so at all. */
export const MOST = 32768;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
let make: ((at: number, length: number) => string) | undefined;

/**
 * Uses what makes strings in this memory without the engine's decoder (strings.wat), from a section of the compiled module. An
 * engine that lacks it decodes all of them.
 */
export function setUp(compiled: WebAssembly.Module, memory: WebAssembly.Memory): void {
  try {
    const [section] = WebAssembly.Module.customSections(compiled, "strings");
    const Module = WebAssembly.Module as new (bytes: BufferSource, options: object) => WebAssembly.Module;
    const { exports } = new WebAssembly.Instance(new Module(section, { builtins: ["js-string"] }), { h: { memory } });
    make = exports.m as typeof make;
  } catch {
    // It is for the decoder.
  }
}

/** The string of these bytes of the memory, which are UTF-8. `most`: {@link MOST} for text beyond ASCII. */
export function readString(memory: Uint8Array, at: number, length: number, most = SHORT): string {
  if (!length) return "";
  return make && length <= most ? make(at, length) : decoder.decode(memory.subarray(at, at + length));
}
