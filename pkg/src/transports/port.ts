// Connections through a MessagePort: this end, where the client is. The other end is relay.ts.

import { misuse } from "../errors.js";
import type { OpenTransport, TransportEvents } from "../transport.js";

/**
 * What carries messages: a MessagePort of a page, a worker or Node's worker_threads, a MessagePortMain or a utility process of
 * Electron's main process, a dedicated worker or one of Node's, or the scope inside one.
 */
export interface Port {
  postMessage(message: unknown): void;
  start?(): void;
  addEventListener?(type: "message" | "close" | "exit", listener: (event: any) => void): void;
  /** In place of `addEventListener` in Electron's main process, and of workers in Node. */
  on?(type: "message" | "close" | "exit", listener: (event: any) => void): unknown;
}

/** What the client's end says of the connection with this `id`. */
export type ToRelay = { id: number } & (
  | { kind: "open"; url: string }
  | { kind: "send"; bytes: Uint8Array }
  | { kind: "close"; code: number }
  /** So many bytes of messages were taken since it was last said. */
  | { kind: "taken"; bytes: number }
);

/** What the relay says. */
export type FromRelay = { id: number } & (
  | { kind: "open" }
  | { kind: "message"; data: ArrayBuffer | Uint8Array | string }
  | { kind: "close"; code: number; reason: string }
  /** So many of all bytes to send have left. */
  | { kind: "left"; bytes: number }
);

/** Taken messages are told to the relay once they come to so many bytes. */
const TAKEN_STEP = 65_536;

/** Hears what comes through a port, and its end where that is told: not by every engine. */
export function listen(port: Port, message: (data: unknown) => void, close: () => void): void {
  const hear = (port?.addEventListener ?? port?.on)?.bind(port);
  if (typeof port?.postMessage !== "function" || !hear) throw misuse("The port must be a MessagePort or the like.");
  // Workers of Node and Electron's utility processes give the message itself, and end with `exit`.
  hear("message", (event) => message(event?.kind ? event : event?.data));
  hear("close", close);
  hear("exit", close);
  // Until then the port keeps its messages.
  port.start?.();
}

/** What a message is counted as, in bytes. */
export function sizeOf(data: ArrayBuffer | Uint8Array | string): number {
  return typeof data === "string" ? data.length : data?.byteLength;
}

interface Connection {
  events: TransportEvents;
  /** Bytes that were given to the relay, and how many of them it said have left. */
  given: number;
  left: number;
  /** Bytes of messages taken that the relay doesn't know of. */
  taken: number;
}

/**
 * Connects through a port, at whose other end {@link relay} holds the socket. One transport is enough for a port, for
 * however many clients. A port that is closed ends its connections, at once where engines tell of it and otherwise when
 * the client finds that the gateway is silent.
 *
 * @example
 * const client = await connect(url, { transport: messagePort(port) });
 *
 * @throws {TeraError} `invalid_argument`: that is no port
 */
export function messagePort(port: Port): OpenTransport {
  const connections = new Map<number, Connection>();
  let isClosed = false;
  const post = (message: ToRelay) => port.postMessage(message);
  const end = (id: number, code: number, reason: string) => {
    const { events } = connections.get(id)!;
    connections.delete(id);
    events.close(code, reason);
  };
  listen(
    port,
    (data) => {
      const said = data as FromRelay;
      const connection = connections.get(said?.id);
      if (!connection) return;
      if (said.kind === "open") connection.events.open();
      else if (said.kind === "left") connection.left = said.bytes;
      else if (said.kind === "close") end(said.id, said.code, said.reason);
      else if (said.kind === "message") {
        connection.events.message(said.data);
        connection.taken += sizeOf(said.data);
        if (connection.taken < TAKEN_STEP) return;
        post({ kind: "taken", id: said.id, bytes: connection.taken });
        connection.taken = 0;
      }
    },
    () => {
      isClosed = true;
      for (const id of connections.keys()) end(id, 1006, "the port was closed");
    },
  );
  return (url, events) => {
    if (isClosed) throw new Error("the port is closed");
    // Whoever else uses the port has other numbers.
    const id = Math.random();
    const connection: Connection = { events, given: 0, left: 0, taken: 0 };
    connections.set(id, connection);
    post({ kind: "open", id, url });
    return {
      send: (bytes) => {
        connection.given += bytes.length;
        post({ kind: "send", id, bytes });
      },
      close: (code) => {
        if (connections.delete(id)) post({ kind: "close", id, code });
      },
      get bufferedAmount() {
        return connection.given - connection.left;
      },
    };
  };
}
