// What a signal must have, whoever made it.

import type { SignalType } from "./model.js";

/** A signal as it travels. */
export type Fields = { readonly [name: string]: unknown; readonly id: string; readonly signalType: SignalType };

/** Texts that a signal of this type must have beside those that all have. */
const TEXTS: { readonly [type: string]: readonly string[] } = {
  MESSAGE: ["to", "messageType"],
  EVENT: ["eventType"],
  REPLY: ["to", "messageType"],
  ERROR_REPLY: ["to", "messageType"],
  DATA_CHANGE_EVENT: ["objectType"],
};

const CHANGES: readonly unknown[] = ["CREATED", "UPDATED", "DELETED"];

/** What is wrong with a signal; undefined if nothing is. One that has arrived says who sent it. */
export function problem(signal: unknown, hasArrived: boolean): string | undefined {
  if (typeof signal !== "object" || signal === null) return "it is no object";
  const fields = signal as Fields;
  if (!Object.hasOwn(TEXTS, fields.signalType)) return "its `signalType` is unknown";
  const texts = ["id", "timestamp", ...(hasArrived ? ["from"] : []), ...TEXTS[fields.signalType]!];
  const missing = texts.find((name) => typeof fields[name] !== "string" || !fields[name]);
  if (missing) return `\`${missing}\` must be a text that is not empty`;
  switch (fields.signalType) {
    case "ERROR_REPLY":
      if (!Number.isSafeInteger(fields.code)) return "`code` must be a whole number";
      if (typeof fields.description !== "string") return "`description` must be a text";
      return quoted(fields.replyTo);
    case "REPLY":
      return quoted(fields.replyTo);
    case "DATA_CHANGE_EVENT":
      if (!CHANGES.includes(fields.changeType)) return `\`changeType\` must be one of ${CHANGES.join(", ")}`;
      return fields.object === undefined ? "`object` is missing" : undefined;
    default:
      return undefined;
  }
}

function quoted(message: unknown): string | undefined {
  const { id, from } = (message ?? {}) as Partial<Record<string, unknown>>;
  return typeof id === "string" && typeof from === "string" ? undefined : "`replyTo` must be a message that has arrived";
}
