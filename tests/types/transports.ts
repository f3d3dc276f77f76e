// Transports: what the types must allow and must refuse. A line after `@ts-expect-error` that compiles is an error.

import { connect, type OpenTransport, type Transport } from "tera-client";
import { inMemory, messagePort, relay, webSocket, type MemoryConnection } from "tera-client/transports";
import { overLongLine } from "../../examples/transport.js";

declare const worker: Worker;
declare const shared: SharedWorker;
declare const scope: DedicatedWorkerGlobalScope;
/** What Electron gives its main process. */
declare const main: {
  on(event: "message", listener: (event: { data: unknown; ports: unknown[] }) => void): typeof main;
  on(event: "close", listener: () => void): typeof main;
  postMessage(message: any, transfer?: never[]): void;
  start(): void;
  close(): void;
};
/** What Node has for threads, and Electron for utility processes. */
declare const thread: {
  on(event: "message", listener: (value: any) => void): typeof thread;
  on(event: "exit", listener: (exitCode: number) => void): typeof thread;
  on(event: string | symbol, listener: (...args: any[]) => void): typeof thread;
  postMessage(value: any, transferList?: readonly never[]): void;
};
declare class DedicatedWorkerGlobalScope extends EventTarget {
  postMessage(message: any): void;
}

for (const port of [worker, shared.port, scope, main, thread]) {
  await connect("wss://example.org", { transport: messagePort(port) });
  const stop: () => void = relay(port);
  relay(port, (url, events) => webSocket(url.replace("http", "ws"), events));
  stop();
}
await connect("wss://example.org", { transport: overLongLine(50) });

const { transport, connections } = inMemory();
await connect("memory:", { transport });
const { value } = await connections.getReader().read();
value satisfies MemoryConnection | undefined;
value?.send("text");
value?.send(new Uint8Array());
// @ts-expect-error: a message is bytes or text
value?.send({});

declare const still: Transport;
export const good: OpenTransport = (_url, { open, message, close }) => {
  open();
  message(new ArrayBuffer(1));
  close(1000, "");
  // @ts-expect-error: a close has a code
  close();
  // @ts-expect-error: there are no such messages
  message(5);
  return still;
};
// @ts-expect-error: opening is not asynchronous
export const late: OpenTransport = async () => still;
// @ts-expect-error: it must say how much waits
export const silent: OpenTransport = () => ({ send() {}, close() {} });
// @ts-expect-error: a transport is a function that opens one
await connect("wss://example.org", { transport: still });
// @ts-expect-error: that is no port
messagePort({});
