// The entry point `tera-client/signals`: messages, events and replies as JSON, between clients and services.

export { type Cache, type CacheChange, type CacheOptions } from "./signals/cache.js";
export {
  type ChangeType,
  DataChangeEvent,
  ErrorReply,
  Reply,
  type Signal,
  type SignalClass,
  SignalEvent,
  SignalMessage,
  type SignalType,
} from "./signals/model.js";
export { type AskOptions, type Listening, type MessageContext, type ReplyOptions, Signals } from "./signals/signals.js";
