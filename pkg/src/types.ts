// The types of the client's API that are not generated.

import type { TeraError } from "./errors.js";
import type { AnyMessage, MessageMap, Unknown } from "./generated/messages.js";
import type { Type } from "./rows.js";
import type { Header } from "./tape.js";
import type { OpenTransport } from "./transport.js";

/** A message as it arrives: plain data, and the header of the TeraEvent it came in, if it had one. */
export type Received<T> = T & { readonly $header: Header | undefined };

/** Any event that can arrive, told apart by `$type`. */
export type TypedEvent = { [K in keyof MessageMap]: Received<MessageMap[K]> }[keyof MessageMap] | Received<Unknown>;

/** What the client can be listened to for: every message of the catalogue by name, and seven names more. */
export type EventMap = { [K in keyof MessageMap]: Received<MessageMap[K]> } & {
  /** A message whose type is not in the catalogue. */
  Unknown: Received<Unknown>;
  /** Every message, of whatever type. */
  event: TypedEvent;
  /** The state changed. */
  state: State;
  /** Something was refused or can't be read; the connection goes on. Without a handler it goes to the console. */
  warning: TeraError;
  /** Messages of a topic will never come. */
  gap: Gap;
  /** A signal, as its JSON says it; `tera-client/signals` makes objects of classes of it. */
  signal: unknown;
  /** Connected again, but not to the session of before: what the application holds may be out of date. */
  resync: undefined;
};

/** Where the connection stands. */
export type State =
  /** An attempt to connect is under way. */
  | { readonly name: "connecting" }
  /** Messages flow through a gateway, where `address` is the client's own. If the session is `resumed`, nothing was missed but what gaps name. */
  | { readonly name: "connected"; readonly mode: "link"; readonly address: string; readonly resumed: boolean }
  /** Messages flow from a plain OpenTera server, which gives no address; what came while the connection was lost was missed. */
  | { readonly name: "connected"; readonly mode: "plain"; readonly address: undefined; readonly resumed: boolean }
  /** The connection is lost; the next attempt starts in `retryIn` milliseconds, infinite without a network or a page. */
  | { readonly name: "disconnected"; readonly error: TeraError; readonly retryIn: number }
  /** Over for good: `error.code` is `closed` if the application asked for it, `logged_out` if the server did. */
  | { readonly name: "closed"; readonly error: TeraError };

/** Messages of one topic that will never come. */
export type Gap = {
  /** The topic, or the pattern of a subscription where the single topics are not known. */
  readonly topic: string;
} & (
  | {
      /** Position of the first. Positions count the messages of the topic in this session, from 1. */
      readonly first: number;
      /** Position of the last; the message delivered next has the one after it. */
      readonly last: number;
      /** How many there are. */
      readonly count: number;
    }
  /** Which they are is not known, nor how many; there may be none. */
  | { readonly first?: undefined; readonly last?: undefined; readonly count?: undefined }
);

/** Figures of a client since it was made. Times are in milliseconds. */
export interface Stats {
  /** Messages sent, each counted once. */
  readonly sent: number;
  /** Messages received, each counted once. */
  readonly received: number;
  /** Transmissions of messages that had been transmitted before. */
  readonly resent: number;
  /** Messages that came again and were dropped. */
  readonly duplicates: number;
  /** Gaps reported. */
  readonly gaps: number;
  /** Messages that those gaps are known to stand for. */
  readonly missed: number;
  /** Messages dropped because the queue was full. */
  readonly dropped: number;
  /** Messages that wait to be sent or acknowledged. */
  readonly queued: number;
  /** Their bytes. */
  readonly bufferedAmount: number;
  /** The last round trip; undefined before the first. */
  readonly rtt: number | undefined;
  /** Median of the last 32 round trips. */
  readonly rttP50: number | undefined;
  /** What 95 % of them did not exceed. */
  readonly rttP95: number | undefined;
  /** Times connected again. */
  readonly reconnects: number;
  /** Those of them that went on with the session of before. */
  readonly resumes: number;
}

/** What there is to send, by name. */
type Inits = { [K in keyof MessageMap]: { $type: K } & Fields<MessageMap[K]> } & { Unknown: Unknown };

/**
 * A message to send: `$type` and any of its fields; the others take their defaults. `MessageInit<"StopSessionEvent">` is one
 * of that type.
 */
export type MessageInit<K extends keyof Inits = keyof Inits> = Inits[K];

type Fields<T> = { [P in Exclude<keyof T, "$type">]?: Init<T[P]> | undefined };

/** Where a message of any type stands, only its `$type` says which. */
type Init<T> = [AnyMessage] extends [T] ? MessageInit | Extract<T, undefined> : Part<T>;

type Part<T> = T extends bigint
  ? bigint | number
  : T extends Uint8Array
    ? Uint8Array
    : T extends readonly (infer U)[]
      ? readonly Init<U>[]
      : T extends AnyMessage
        ? T | Fields<T>
        : T extends object
          ? Fields<T>
          : T;

/**
 * An argument of a call. A whole number or bigint goes as an integer, any other number as a float; `{ doubleValue: 1 }`
 * and the like say it exactly.
 */
export type CallArgument = boolean | number | bigint | string | Uint8Array | Fields<MessageMap["Value"]>;

/**
 * A procedure that others call. What it returns goes back as JSON; if it throws, the caller gets `remote_error`. It isn't told who calls,
 * and its caller learns only the error's message. Where that matters use `onMessage` of `tera-client/signals`, which has `from` and
 * `ErrorReply`.
 */
export type Procedure = (...args: any[]) => unknown;

/** An item of a queue, given to this consumer. */
export interface Job<T = unknown> {
  /** The queue that it is from. */
  readonly queue: string;
  /** What `produce` resolved with. */
  readonly id: string;
  /** How many times it was given to a consumer, this time included. */
  readonly attempt: number;
  /** What `produce` was given; text, if that is no JSON. */
  readonly item: T;
  /**
   * It is done. Rejects with `invalid_argument` if this client does not have it any more, else as a request. What rejects with `timeout`,
   * `uncertain`, `unavailable` or `queue_full` is said again each second while the iteration lasts, and meanwhile the job isn't given
   * again.
   */
  ack(): Promise<void>;
  /** It is not done: another consumer shall try, or this one again. Rejects likewise, and is said again while the session lasts too. */
  nack(): Promise<void>;
}

/** What happens to a message too many. */
export type Overflow = "reject" | "dropOldest" | "dropNewest";

/** Options of `connect`. Times are in milliseconds; every number is from 1 to 2,147,483,647. */
export interface ConnectOptions {
  /** How long a request waits for its answer unless it says otherwise. Default 10,000. */
  requestTimeout?: number | undefined;
  /**
   * How long an attempt to connect may take, from asking for the URL to the server's first messages. Default 10,000. The
   * first one's time begins when the WebAssembly module is there; a download of that which stalls is given up by `signal` only.
   */
  connectTimeout?: number | undefined;
  /**
   * Window of the first delay before connecting again; it doubles each time, and from the fourth on the delay is at least half
   * of it. Default 500.
   */
  retryBase?: number | undefined;
  /** Longest delay before connecting again. Default 45,000. */
  retryCap?: number | undefined;
  /** Most requests under way at once; one more is refused with `queue_full`. Default 256. */
  maxInFlight?: number | undefined;
  /** Largest message taken, in bytes; a larger one is dropped with a `too_large` warning, unless it is an answer, a job or a call. Default 16 MiB. */
  maxFrameBytes?: number | undefined;
  /** Silence after which the link is probed; after twice this and a second it is lost. Default: as the gateway says, or 4,000. */
  heartbeat?: number | undefined;
  /** Most messages that wait to be sent or acknowledged. Default 1024. */
  maxQueued?: number | undefined;
  /** Most bytes that wait to be sent or acknowledged; an empty queue takes a message of any size. Default 4 MiB. */
  maxQueuedBytes?: number | undefined;
  /**
   * What happens to a message too many: the new one is refused (`"reject"`, the default) or dropped (`"dropNewest"`), or the
   * oldest that was not sent yet is (`"dropOldest"`). A request that is dropped rejects with `queue_full`.
   */
  overflow?: Overflow | undefined;
  /** Gives up connecting when it fires; later it has no effect. */
  signal?: AbortSignal | undefined;
  /** What opens connections instead of a WebSocket; `tera-client/transports` has some. */
  transport?: OpenTransport | undefined;
  /**
   * Checks each message that is sent or received; `validate` of `tera-client/validation` does so by the schema. What
   * is wrong is refused with `invalid_argument` when it is sent; received, it is not delivered, and a `warning`
   * `invalid_message` says why.
   */
  validate?: Validate | undefined;
}

/** Says what is wrong with a message, in a sentence; undefined if nothing is. What it throws is wrong with the message too. */
export type Validate = (message: AnyMessage | MessageInit, types: Types) => string | undefined;

/** The messages that a client knows, registered ones included. Give it on to `validate` of `tera-client/validation`. */
export interface Types {
  /** @internal */
  readonly types: readonly Type[];
  /** The index of the message whose `$type` this is. */
  indexOf(name: string): number | undefined;
  /** @internal Numbers of an enum's values by name. */
  numbers(index: number): ReadonlyMap<string, number>;
}

/** Options of a request or a call. */
export interface RequestOptions {
  /** How long to wait, in milliseconds, from 1 to 2,147,483,647, instead of `requestTimeout`; of a contract's methods, instead of 10,000. */
  timeout?: number | undefined;
  /** Cancels the request when it fires: it rejects with `aborted`. */
  signal?: AbortSignal | undefined;
}
