// How a reader of JSON says that a value is none of its kind.

/** Throws what the reader's caller reports. */
export function wrong(expected: string, value: unknown): never {
  throw new Error(`expected ${expected}, got ${(JSON.stringify(value) ?? String(value)).slice(0, 80)}`);
}
