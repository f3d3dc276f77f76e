// Signals as classes. What is sent is their JSON; what arrives becomes an object of the class that one listens with.

/** Which signal it is. */
export type SignalType = "MESSAGE" | "EVENT" | "REPLY" | "ERROR_REPLY" | "DATA_CHANGE_EVENT";

/** What happened to an object. */
export type ChangeType = "CREATED" | "UPDATED" | "DELETED";

/** What every signal has, filled in automatically. */
export interface Signal {
  /** Unique among all signals. */
  readonly id: string;
  /** When it was made: ISO 8601, UTC. */
  readonly timestamp: string;
  readonly signalType: SignalType;
  /** Who sent it: a service's name or a client's address. The gateway says so; before that it is undefined. */
  readonly from: string;
}

/** A class of signals. */
export interface SignalClass<T> {
  new (...args: never[]): T;
  readonly signalType: SignalType;
  /** What it is called in `messageType` and `eventType`. Minifiers rename classes, so it is better said than derived. */
  readonly type?: string;
}

interface MessageFields extends Signal {
  readonly signalType: "MESSAGE";
  /** Who gets it: a service's name or a client's address. `send` fills it in. */
  readonly to: string;
  /** The class's `static type`, else its name. */
  readonly messageType: string;
  /** Where the reply is to be sent, if one is expected: an address. `ask` fills it in. */
  readonly returnAddress?: string;
}

interface EventFields extends Signal {
  readonly signalType: "EVENT";
  /** The class's `static type`, else its name. */
  readonly eventType: string;
}

interface ReplyFields extends Signal {
  readonly signalType: "REPLY" | "ERROR_REPLY";
  /** Who gets it; who sent the message unless it says otherwise. */
  readonly to: string;
  /** The class's `static type`, else its name. */
  readonly messageType: string;
  /** The message that it answers; the one in hand unless it says otherwise. */
  readonly replyTo: Signal & { readonly returnAddress?: string };
}

interface ErrorFields extends ReplyFields {
  readonly signalType: "ERROR_REPLY";
  /** The group of errors that this one belongs to; a whole number. */
  readonly code: number;
  /** How and where it went wrong. */
  readonly description: string;
  /** What to do about it. */
  readonly help?: string;
}

interface ChangeFields<T> extends Signal {
  readonly signalType: "DATA_CHANGE_EVENT";
  readonly changeType: ChangeType;
  /** The class's `static objectType`, else the type of `object`: its class's `static type`, else the name of that class. */
  readonly objectType: string;
  /** The object as it is now; one that was deleted, as it was. */
  readonly object: T;
}

/** What a signal is made with: its own fields, and some of those that all have. */
type Made<Own, Known = object> = Own & { id?: string; timestamp?: string } & Known;

/** Nothing need be given where no field has to be. */
type Arguments<T> = object extends T ? [fields?: T] : [fields: T];

interface MessageConstructor {
  new <Own extends object = object>(...fields: Arguments<Made<Own, { to?: string; returnAddress?: string }>>): MessageFields & Own;
  readonly signalType: "MESSAGE";
  readonly type: string;
}

interface EventConstructor {
  new <Own extends object = object>(...fields: Arguments<Made<Own>>): EventFields & Own;
  readonly signalType: "EVENT";
  readonly type: string;
}

interface ReplyConstructor {
  new <Own extends object = object>(...fields: Arguments<Made<Own, { to?: string; replyTo?: Signal }>>): ReplyFields & Own;
  readonly signalType: "REPLY";
  readonly type: string;
}

interface ErrorReplyConstructor {
  new <Own extends object = object>(
    fields: Made<Own, { to?: string; replyTo?: Signal; code: number; description: string; help?: string }>,
  ): ErrorFields & Own;
  readonly signalType: "ERROR_REPLY";
  readonly type: string;
}

interface DataChangeEventConstructor {
  new <T = unknown, Own extends object = object>(
    fields: Made<Own, { changeType: ChangeType; object: T; objectType?: string }>,
  ): ChangeFields<T> & Own;
  readonly signalType: "DATA_CHANGE_EVENT";
  /** The type of the objects of a class of changes; without one, it is of all types. */
  readonly objectType: string | undefined;
}

type Fields = Record<string, unknown>;

/** What a class is called, of signals or of objects. */
export function typeName(Class: { readonly name: string; readonly type?: unknown }): string {
  return Object.hasOwn(Class, "type") ? String(Class.type) : Class.name;
}

/** An object of this class that has these fields. No constructor runs. */
export function instance<T>(Class: { readonly prototype: unknown }, fields: object): T {
  return Object.create(Class.prototype as object, Object.getOwnPropertyDescriptors(fields)) as T;
}

function uniqueId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Base {
  declare static readonly signalType: SignalType;

  constructor(fields: Fields = {}) {
    Object.assign(this, { id: uniqueId(), timestamp: new Date().toISOString() }, fields, { signalType: new.target.signalType });
  }
}

class MessageBase extends Base {
  static override readonly signalType: SignalType = "MESSAGE";
  static readonly type: string = "Message";

  constructor(fields?: Fields) {
    super({ messageType: typeName(new.target), ...fields });
  }
}

class EventBase extends Base {
  static override readonly signalType = "EVENT";
  static readonly type: string = "Event";

  constructor(fields?: Fields) {
    super({ eventType: typeName(new.target), ...fields });
  }
}

class ReplyBase extends MessageBase {
  static override readonly signalType: SignalType = "REPLY";
  static override readonly type: string = "Reply";
}

class ErrorReplyBase extends ReplyBase {
  static override readonly signalType = "ERROR_REPLY";
  static override readonly type: string = "ErrorReply";
}

class DataChangeEventBase extends Base {
  static override readonly signalType = "DATA_CHANGE_EVENT";
  static readonly objectType: string | undefined = undefined;

  constructor(fields: Fields) {
    super({ objectType: new.target.objectType ?? typeOf(fields.object), ...fields });
  }
}

/** The type of an object that has a class. */
function typeOf(object: unknown): string | undefined {
  const Class = (object as object | undefined)?.constructor;
  return Class && Class !== Object ? typeName(Class) : undefined;
}

/**
 * A signal for one recipient. Subclasses say their own fields, and what they are called:
 *
 * @example
 * class Offer extends SignalMessage<{ price: number }> {
 *   static override readonly type = "Offer";
 * }
 * await signals.send("Shop", new Offer({ price: 3 }));
 */
export const SignalMessage = MessageBase as unknown as MessageConstructor;
export type SignalMessage<Own extends object = object> = MessageFields & Own;

/** A signal for whoever listens to its type. */
export const SignalEvent = EventBase as unknown as EventConstructor;
export type SignalEvent<Own extends object = object> = EventFields & Own;

/** The answer to a message. */
export const Reply = ReplyBase as unknown as ReplyConstructor;
export type Reply<Own extends object = object> = ReplyFields & Own;

/** The answer that a message could not be dealt with. A handler may throw one. */
export const ErrorReply = ErrorReplyBase as unknown as ErrorReplyConstructor;
export type ErrorReply<Own extends object = object> = ErrorFields & Own;

/**
 * The event that an object was created, updated or deleted.
 *
 * @example
 * class UserChanged extends DataChangeEvent<User> {
 *   static override readonly objectType = "User";
 * }
 * await signals.emit(new UserChanged({ changeType: "CREATED", object: user }));
 */
export const DataChangeEvent = DataChangeEventBase as unknown as DataChangeEventConstructor;
export type DataChangeEvent<T = unknown, Own extends object = object> = ChangeFields<T> & Own;
