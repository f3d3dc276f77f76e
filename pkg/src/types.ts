// The types of the client's API that are not generated.

import type { TeraError } from "./errors.js";
import type { AnyMessage, MessageMap, Unknown } from "./generated/messages.js";
import type { Header } from "./tape.js";

/** A message as it arrives: plain data, and the header of the TeraEvent it came in, if it had one. */
export type Received<T> = T & { readonly $header: Header | undefined };

/** Any event that can arrive, told apart by `$type`. */
export type TypedEvent = { [K in keyof MessageMap]: Received<MessageMap[K]> }[keyof MessageMap] | Received<Unknown>;

/** What the client can be listened to for: every message of the catalogue by name, and four names more. */
export type EventMap = { [K in keyof MessageMap]: Received<MessageMap[K]> } & {
  /** A message whose type is not in the catalogue. */
  Unknown: Received<Unknown>;
  /** Every message, of whatever type. */
  event: TypedEvent;
  /** The state changed. */
  state: State;
  /** Something was refused or can't be read; the connection goes on. Without a handler it goes to the console. */
  warning: TeraError;
};

/** Where the connection stands. */
export type State =
  /** An attempt to connect is under way. */
  | { readonly name: "connecting" }
  /** Messages flow. `address` is the client's own on a gateway; a plain OpenTera server gives none. */
  | { readonly name: "connected"; readonly mode: "link" | "plain"; readonly address: string | undefined }
  /** The connection is lost; the next attempt starts in `retryIn` milliseconds. */
  | { readonly name: "disconnected"; readonly error: TeraError; readonly retryIn: number }
  /** Over for good: `error.code` is `closed` if the application asked for it, `logged_out` if the server did. */
  | { readonly name: "closed"; readonly error: TeraError };

/** A message to send: `$type` and any of its fields; the others take their defaults. */
export type MessageInit = { [K in keyof MessageMap]: { $type: K } & Fields<MessageMap[K]> }[keyof MessageMap] | Unknown;

type Fields<T> = { [P in Exclude<keyof T, "$type">]?: Init<T[P]> | undefined };

type Init<T> = T extends bigint
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

/** Options of `connect`. Times are in milliseconds. */
export interface ConnectOptions {
  /** How long a request waits for its answer unless it says otherwise. Default 10,000. */
  requestTimeout?: number;
  /** How long an attempt to connect may take, up to the server's first message. Default 10,000. */
  connectTimeout?: number;
  /** Window of the first delay before connecting again; it doubles each time. Default 500. */
  retryBase?: number;
  /** Longest delay before connecting again. Default 30,000. */
  retryCap?: number;
  /** Most requests under way at once; one more is refused with `queue_full`. Default 256. */
  maxInFlight?: number;
  /** Largest message taken, in bytes; a larger one is dropped with a `too_large` warning. Default 16 MiB. */
  maxFrameBytes?: number;
  /** Gives up connecting when it fires; later it has no effect. */
  signal?: AbortSignal;
}

/** Options of a request or a call. */
export interface RequestOptions {
  /** How long to wait, in milliseconds, instead of `requestTimeout`. */
  timeout?: number;
  /** Cancels the request when it fires: it rejects with `aborted`. */
  signal?: AbortSignal;
}
