// A link without a socket, for the steps of the client by themselves.

import { load } from "tera/src/load.ts";
import { Link } from "tera/src/module.ts";

const silent = new Proxy({}, { get: () => () => undefined });

/**
 * Loads the module from a URL and makes a link without limits; the functions given are its host, which
 * ignores all else. `registry` is the one that its messages are read by.
 */
export async function startLink(wasm, functions, registry) {
  const { memory } = await load(wasm);
  const host = Object.assign(Object.create(silent), functions);
  return { memory, link: new Link(host, 0, 0, [NaN, NaN, NaN, NaN, NaN, 2 ** 32 - 1, NaN, 2 ** 32 - 1, 2 ** 32 - 1], registry) };
}
