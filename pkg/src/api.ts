// What both entry points export.

export { Client } from "./client.js";
export { connect } from "./connect.js";
export { TeraError } from "./errors.js";
export type { EventIterator, IteratorOptions } from "./events.js";
export type * from "./generated/messages.js";
export { init, type WasmSource } from "./load.js";
export type { Header } from "./tape.js";
export type { OpenTransport, Transport, TransportEvents } from "./transport.js";
export type {
  CallArgument,
  ConnectOptions,
  EventMap,
  Gap,
  Job,
  MessageInit,
  Overflow,
  Procedure,
  Received,
  RequestOptions,
  State,
  Stats,
  TypedEvent,
  Types,
  Validate,
} from "./types.js";
