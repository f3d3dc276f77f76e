// JSON that holds what JSON can't: 64-bit integers and bytes, written as protobuf's JSON writes them.

/** Pretty JSON of a message: bigint as decimal text, bytes as base64. */
export function pretty(value) {
  return JSON.stringify(value, (_key, item) => plain(item), 2) ?? "undefined";
}

function plain(item) {
  if (typeof item === "bigint") return item.toString();
  if (item instanceof Uint8Array) return base64(item);
  return item;
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/**
 * Reads the arguments of a call. An integer beyond a number's precision becomes a bigint where the browser
 * lets a reviver see the source text.
 */
export function parseArguments(text) {
  const parsed = JSON.parse(text.trim() || "[]", (_key, item, context) => {
    const exact = typeof item !== "number" || Number.isSafeInteger(item) || !/^-?\d+$/.test(context?.source ?? "");
    return exact ? item : BigInt(context.source);
  });
  if (!Array.isArray(parsed)) throw new SyntaxError("The arguments are not a JSON array.");
  return parsed;
}

/** The object in a JSON text, or an empty one if there is none: devices choose what they write. */
export function parseObject(text) {
  try {
    const parsed = JSON.parse(text);
    return parsed !== null && typeof parsed === "object" && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
