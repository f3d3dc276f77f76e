// What counts as bytes. In a test with a page of its own, behind a frame or behind Electron's bridge they are of another realm, and no
// instance of this one's class.

/** Whether it is a Uint8Array, of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOf(value) === "Uint8Array";
}

/** `Object`, `Array`, `Date`, `Function` ... */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
