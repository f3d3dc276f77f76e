// Connections within one script, for an application's own tests: the test is the server.

import type { OpenTransport } from "../transport.js";

/** Most connections that wait to be accepted; one more is refused. */
const MAX_WAITING = 16;
/** Most bytes that wait to be read from a connection; with more it is closed. */
const MAX_UNREAD = 16 * 2 ** 20;

/** The server's end of a connection in memory. */
export interface MemoryConnection {
  /** The URL that the client asked for. */
  readonly url: string;
  /** What the client sends, message by message. It ends with the connection; what comes after it was cancelled is discarded. */
  readonly received: ReadableStream<Uint8Array>;
  /** The code of the connection's end, whichever side it came from. */
  readonly closed: Promise<number>;
  /** Sends a message: bytes as a binary one, a string as text. After the end it does nothing. */
  send(data: Uint8Array | string): void;
  /** Ends the connection. A code other than 1000 keeps the client trying. */
  close(code?: number, reason?: string): void;
}

/**
 * A transport without a network, and the connections that clients open with it, for a server that a test writes.
 *
 * @example
 * const { transport, connections } = inMemory();
 * const connecting = connect("memory:", { transport });
 * const server = (await connections.getReader().read()).value!;
 * server.send(JSON.stringify({ message: { "@type": "type.googleapis.com/opentera.protobuf.TeraEvent", events: [] } }));
 * const client = await connecting;
 */
export function inMemory(): { transport: OpenTransport; connections: ReadableStream<MemoryConnection> } {
  let waiting: ReadableStreamDefaultController<MemoryConnection>;
  const connections = new ReadableStream<MemoryConnection>({ start: (controller) => void (waiting = controller) }, { highWaterMark: MAX_WAITING });
  const transport: OpenTransport = (url, events) => {
    if (waiting.desiredSize! <= 0) throw new Error("too many connections wait to be accepted");
    let unread: ReadableStreamDefaultController<Uint8Array>;
    let isOver = false;
    let isDiscarded = false;
    const received = new ReadableStream<Uint8Array>(
      { start: (controller) => void (unread = controller), cancel: () => void (isDiscarded = true) },
      { highWaterMark: 0, size: (bytes) => bytes.length },
    );
    let settle: (code: number) => void;
    const closed = new Promise<number>((resolve) => (settle = resolve));
    const end = (code: number, reason = "") => {
      if (isOver) return;
      isOver = true;
      if (!isDiscarded) unread.close();
      settle(code);
      events.close(code, reason);
    };
    waiting.enqueue({ url, received, closed, send: (data) => isOver || events.message(data), close: (code = 1000, reason) => end(code, reason) });
    events.open();
    return {
      send: (bytes) => {
        if (isOver || isDiscarded) return;
        unread.enqueue(bytes);
        if (-unread.desiredSize! > Math.max(MAX_UNREAD, bytes.length)) end(1006, "the server does not read");
      },
      close: (code) => end(code),
      get bufferedAmount() {
        return isOver || isDiscarded ? 0 : -unread.desiredSize!;
      },
    };
  };
  return { transport, connections };
}
