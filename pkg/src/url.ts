// What counts as a URL: a string, or a `URL`, which may be of another realm and no instance of this one's class.

/** A URL's text; `undefined` if it is none. */
export function textOf(url: unknown): string | undefined {
  const text = (url as URL | undefined)?.href ?? url;
  return typeof text === "string" ? text : undefined;
}
