// Which class and which topic signals are of.

import type { Fields } from "./check.js";
import { ErrorReply, Reply, type SignalClass, SignalEvent, SignalMessage, typeName } from "./model.js";

/** The topic of the address that all clients share. */
export const AGENTS_TOPIC = "signal.agents";
const EVENTS = "signal.event.";

/** Classes that stand for every signal of their kind. */
const BASES: readonly unknown[] = [SignalMessage, SignalEvent, Reply, ErrorReply];

/** The topic of changes of objects of this type. */
export function changesTopic(objectType: string): string {
  return `${EVENTS}DataChangeEvent.${objectType}`;
}

/** Whether signals of this type are for whoever listens. */
export function isEvent(type: unknown): boolean {
  return type === "EVENT" || type === "DATA_CHANGE_EVENT";
}

/** Whether signals of this type answer a message. */
export function isReply(type: unknown): boolean {
  return type === "REPLY" || type === "ERROR_REPLY";
}

/** The topic, or the pattern of topics, that events of this class travel on. */
export function topicOf(Class: SignalClass<unknown>): string {
  const { signalType, objectType = "*" } = Class as SignalClass<unknown> & { objectType?: string };
  if (signalType === "DATA_CHANGE_EVENT") return changesTopic(objectType);
  return EVENTS + (BASES.includes(Class) ? "*" : typeName(Class));
}

/** Whether a signal is one of this class. */
export function wanted(Class: SignalClass<unknown>): (signal: Fields) => boolean {
  const { signalType, objectType } = Class as SignalClass<unknown> & { objectType?: string };
  if (signalType === "DATA_CHANGE_EVENT") {
    return (signal) => signal.signalType === signalType && (objectType === undefined || signal.objectType === objectType);
  }
  const type = BASES.includes(Class) ? undefined : typeName(Class);
  const name = signalType === "EVENT" ? "eventType" : "messageType";
  return (signal) => signal.signalType === signalType && (type === undefined || signal[name] === type);
}
