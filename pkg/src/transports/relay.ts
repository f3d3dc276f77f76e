// Connections through a MessagePort: the other end, which holds the sockets. The client's is port.ts.

import { isBytes } from "../bytes.js";
import { misuse, reasonOf } from "../errors.js";
import { KEEP, guarded } from "../guard.js";
import { type OpenTransport, type Transport, openWebSocket } from "../transport.js";
import { type FromRelay, type Port, type ToRelay, listen, sizeOf } from "./port.js";

/** Most connections that a relay holds at once; one more is refused. */
const MAX_CONNECTIONS = 64;
/** Most bytes that wait to be taken at the client's end; with more, a connection is closed, and its session goes on with the next. */
const MAX_AHEAD = 32 * 2 ** 20;
/** Why connections end with the relay. */
const ENDED = "the relay has ended";
/** While bytes wait to leave, it is told so often how many have, in milliseconds. */
const REPORT_EVERY = 10;

/** One connection of the port's. */
class Relayed {
  readonly #port: Port;
  readonly #id: number;
  readonly #transport: Transport;
  /** Calls back when the connection is over. */
  readonly #ended: () => void;
  /** Bytes of messages that the client's end has not taken, as far as it has said. */
  #ahead = 0;
  /** Bytes given to the transport. */
  #given = 0;
  #report: ReturnType<typeof setTimeout> | undefined;

  constructor(port: Port, id: number, url: string, open: OpenTransport, ended: () => void) {
    this.#port = port;
    this.#id = id;
    this.#ended = ended;
    this.#transport = guarded(open)(url, {
      open: () => this.#tell({ kind: "open", id }),
      message: (data) => this.#forward(data),
      close: (code, reason) => this.#end(code, reason),
    });
  }

  hear(said: ToRelay): void {
    if (said.kind === "send") {
      // What would be missing from the session must end the connection.
      if (!isBytes(said.bytes)) return this.close(KEEP, "what came through the port to be sent is no Uint8Array");
      this.#transport.send(said.bytes);
      this.#given += said.bytes.length;
      this.#report ??= setTimeout(() => this.#tellLeft(), REPORT_EVERY);
    } else if (said.kind === "taken" && said.bytes > 0) this.#ahead = Math.max(0, this.#ahead - said.bytes);
    else if (said.kind === "close") this.close(said.code === 1000 || (said.code >= 4000 && said.code < 5000) ? said.code : KEEP);
  }

  /** Ends the connection; with a reason, the other end is told. */
  close(code: number, reason?: string): void {
    this.#transport.close(code);
    this.#end(1006, reason);
  }

  #tell(message: FromRelay): void {
    this.#port.postMessage(message);
  }

  #end(code: number, reason: string | undefined): void {
    clearTimeout(this.#report);
    this.#ended();
    if (reason !== undefined) this.#tell({ kind: "close", id: this.#id, code, reason });
  }

  #forward(data: ArrayBuffer | Uint8Array | string): void {
    const size = sizeOf(data);
    this.#ahead += size;
    if (this.#ahead > Math.max(MAX_AHEAD, size)) {
      return this.close(KEEP, "messages came faster than they were taken from the port");
    }
    // Of a part, all that it is a part of would go through the port.
    this.#tell({ kind: "message", id: this.#id, data: isBytes(data) ? new Uint8Array(data) : data });
  }

  #tellLeft(): void {
    const waiting = this.#waiting();
    this.#tell({ kind: "left", id: this.#id, bytes: this.#given - waiting });
    this.#report = waiting > 0 ? setTimeout(() => this.#tellLeft(), REPORT_EVERY) : undefined;
  }

  /** What the transport says that has not left, if it says a number. */
  #waiting(): number {
    try {
      return Math.min(this.#given, Math.max(0, Number(this.#transport.bufferedAmount) || 0));
    } catch {
      return 0;
    }
  }
}

/**
 * Holds the sockets for the clients that connect through {@link messagePort} at the other end of this port: in a worker, in
 * Electron's main process, in a page for its frames. All are closed when the port is, where engines tell of it; elsewhere
 * the gateway closes those whose client has fallen silent.
 *
 * The other end says which URL. Where it is not trusted as much as this one, `open` must look at it: it may refuse by
 * throwing, or open another.
 *
 * @param open what opens the connections, if not a WebSocket
 * @returns a function that ends it: it closes all connections and takes no more. The port stays open.
 *
 * @example
 * relay(port, (url, events) => webSocket(allowed(url), events));
 *
 * @throws {TeraError} `invalid_argument`: that is no port, or no function
 */
export function relay(port: Port, open: OpenTransport = openWebSocket): () => void {
  if (typeof open !== "function") throw misuse("`open` must be a function.");
  const connections = new Map<number, Relayed>();
  let isOver = false;
  const stop = () => {
    isOver = true;
    for (const connection of connections.values()) connection.close(KEEP, ENDED);
  };
  const refuse = (id: number, reason: string) => port.postMessage({ kind: "close", id, code: 1006, reason } satisfies FromRelay);
  const accept = (id: number, url: string) => {
    if (isOver) return refuse(id, ENDED);
    if (connections.size >= MAX_CONNECTIONS) return refuse(id, "the relay holds too many connections");
    try {
      connections.set(id, new Relayed(port, id, url, open, () => connections.delete(id)));
    } catch (error) {
      refuse(id, reasonOf(error));
    }
  };
  listen(
    port,
    (data) => {
      const said = data as ToRelay;
      if (typeof said?.id !== "number") return;
      const connection = connections.get(said.id);
      if (connection) connection.hear(said);
      else if (said.kind === "open") accept(said.id, String(said.url));
    },
    stop,
  );
  return stop;
}
