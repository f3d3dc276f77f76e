// The one error class of the package.

import type { ErrorCode } from "./generated/messages.js";

export type { ErrorCode } from "./generated/messages.js";

/**
 * What every failure of this package is. Decide on `code`, which is stable across versions; `message` and `help` are
 * for people. `instanceof` goes by the name of the class, so a class of yours that extends it can't be told from it: decide on codes.
 *
 * @example
 * try {
 *   await client.call("service.DemoService", "echo", ["hi"]);
 * } catch (error) {
 *   if (error instanceof TeraError && error.code === "timeout") retryLater();
 * }
 */
export class TeraError extends Error {
  override readonly name = "TeraError";
  // Declared apart from the constructor, as fields of the class would take more bytes.
  /** Stable code. */
  declare readonly code: ErrorCode;
  /** What to do about it; may be empty. */
  declare readonly help: string;

  constructor(code: ErrorCode, description: string, help = "", options?: ErrorOptions) {
    // The help is a sentence of its own, whoever wrote the description.
    super(help ? description.replace(/\.?$/, ". ") + help : description, options);
    this.code = code;
    this.help = help;
  }

  /** The entry points of the package each bring a class of this name; an error of one is an error of all. */
  static override [Symbol.hasInstance](value: any): boolean {
    return value?.name === "TeraError";
  }
}

/** A caller's mistake. */
export function misuse(description: string, help = ""): TeraError {
  return new TeraError("invalid_argument", description, help);
}

/** What was thrown, in words; whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  try {
    return String((thrown as Error)?.message ?? thrown);
  } catch {
    return "no reason given";
  }
}

/** {@link reasonOf}, cut to what is told to others. */
export function toldReasonOf(thrown: unknown): string {
  return reasonOf(thrown).slice(0, 4096);
}
