// The entry point of transports other than the client's own WebSocket.

export { type MemoryConnection, inMemory } from "./transports/memory.js";
export { type Port, messagePort } from "./transports/port.js";
export { relay } from "./transports/relay.js";
export { type OpenTransport, type Transport, type TransportEvents, openWebSocket as webSocket } from "./transport.js";
