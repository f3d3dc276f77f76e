// The WebAssembly module that reads descriptors. Its other side is crates/registrar/src/exports.rs.

import type { Memory } from "./module.js";

interface Exports extends Memory {
  /** Registers. */
  r(length: number): number;
}

/** Largest descriptor set, as in crates/registrar/src/lib.rs: what is larger need not be copied to be refused. */
const MAX_SET = 2 ** 20;

/** What a descriptor set adds. */
interface Added {
  /** For the tables of the module: numbers of 32 bits, in the memory of the registrar until its next call. */
  rows: Uint8Array;
  /** What is added, line by line. */
  description: string;
  refusal?: undefined;
}

/** Why a descriptor set is refused. */
interface Refused {
  refusal: string;
  /** What to do about it; may be empty. */
  help: string;
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

  /** What is new in a set; of one that is refused it remembers nothing. */
  register(set: Uint8Array): Added | Refused {
    if (set.length > MAX_SET) {
      return { refusal: "the descriptor set: it is larger than 1 MiB.", help: "Register only the files that define what the application uses." };
    }
    const { memory, i: input, r: register } = this.#exports;
    const at = input(set.length) >>> 0;
    // One whose memory was given away is as empty, and refused as such, but can't be copied.
    if (set.length) new Uint8Array(memory.buffer).set(set, at);
    const answer = register(set.length) >>> 2;
    const [text, textLength, rows, rowsLength] = new Uint32Array(memory.buffer).subarray(answer, answer + 4);
    const description = new TextDecoder().decode(new Uint8Array(memory.buffer, text, textLength));
    if (rows) return { rows: new Uint8Array(memory.buffer, rows, rowsLength * 4), description };
    // Its last line is the help.
    const [, refusal, help] = /^(.*)\n(.*)$/s.exec(description)!;
    return { refusal, help };
  }
}
