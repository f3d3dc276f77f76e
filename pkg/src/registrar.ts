// The WebAssembly module that reads descriptors, which pages load with their first registration. Its other side is
// crates/registrar/src/exports.rs.

import { misuse } from "./errors.js";
import type { Memory } from "./module.js";

interface Exports extends Memory {
  register(length: number): number;
}

/** What a descriptor set adds. */
export interface Added {
  /** For the tables of the module: numbers of 32 bits, in the memory of the registrar until its next call. */
  rows: Uint8Array;
  /** For {@link Registry.add}. */
  description: string;
}

/** Checks the descriptor sets of one client. */
export class Registrar {
  readonly #exports: Exports;

  private constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** A registrar that knows the catalogue only. */
  static async start(module: WebAssembly.Module): Promise<Registrar> {
    const { exports } = await WebAssembly.instantiate(module);
    return new Registrar(exports as unknown as Exports);
  }

  /**
   * What is new in a set.
   *
   * @throws {TeraError} `invalid_argument`; it remembers nothing of the set then
   */
  register(set: Uint8Array): Added {
    const { memory, input, register } = this.#exports;
    const at = input(set.length) >>> 0;
    new Uint8Array(memory.buffer).set(set, at);
    const answer = register(set.length) >>> 2;
    const [text, textLength, rows, rowsLength] = new Uint32Array(memory.buffer).subarray(answer, answer + 4);
    const description = new TextDecoder().decode(new Uint8Array(memory.buffer, text, textLength));
    if (rows) return { description, rows: new Uint8Array(memory.buffer, rows, rowsLength * 4) };
    // Refused: what is wrong, and on the last line what to do about it.
    const help = description.lastIndexOf("\n");
    throw misuse(description.slice(0, help), description.slice(help + 1));
  }
}
