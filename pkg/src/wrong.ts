// How a reader of JSON says that a value is none of its kind.

/** Throws what the reader's caller reports. */
export function wrong(expected: string, value: unknown): never {
  throw new Error(`expected ${expected}, got ${shown(value).slice(0, 80)}`);
}

function shown(value: unknown): string {
  try {
    // JSON has no word for every number.
    return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  } catch {
    return "something that is nested too deep";
  }
}
