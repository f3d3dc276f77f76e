// Transports move messages and decide nothing: what one is, and the WebSocket.

/**
 * What a transport says to the client. Each may be said at any time, even inside `open` or `send`; it is heard when the
 * call in which it was said is over, in the order in which it was said. Nothing is heard after `close`.
 */
export interface TransportEvents {
  /** The connection is open. Until then nothing is sent. */
  open(): void;
  /**
   * A message came: binary as an ArrayBuffer or bytes, text as a string; anything else ends the connection. Messages come
   * whole and in order. The bytes must not change afterwards.
   */
  message(data: ArrayBuffer | Uint8Array | string): void;
  /**
   * The connection is over, or could not be opened. The code and reason are those of a WebSocket's close frame; 1006 if there
   * was none, and in place of a code from outside 0 to 65535. Only the first one is heard.
   */
  close(code: number, reason: string): void;
}

/** A connection that a transport opened. What `send` or `close` throws ends it, as a lost connection ends. */
export interface Transport {
  /**
   * Takes one binary message. It must reach the other side whole, once, and behind those before it, or the connection must
   * end. The bytes belong to the transport from now on.
   */
  send(bytes: Uint8Array): void;
  /**
   * Closes with 1000 or a code from 4000 to 4999, after what was sent. Called at most once, and not after a `close` event;
   * nothing is sent and nothing is heard afterwards.
   */
  close(code: number): void;
  /** How many of the bytes that `send` took have not left yet. */
  readonly bufferedAmount: number;
}

/**
 * Opens a connection to a URL, which need be none that browsers know. The client does so for each attempt and gives up
 * an attempt that takes longer than `connectTimeout`.
 *
 * @throws anything, if there is no way to a connection. The first attempt then fails with `invalid_argument`, as it does
 * if what is returned is no {@link Transport}; a `close` event fails it with `connect_failed`.
 */
export type OpenTransport = (url: string, events: TransportEvents) => Transport;

/**
 * Opens a WebSocket. No subprotocol is asked for: OpenTera servers ignore it and the browser would then hang up. Here the
 * bytes that `send` is given are only borrowed: they are copied when it returns.
 *
 * @throws {DOMException} The URL is no ws: or wss: URL, or not allowed here.
 */
export function openWebSocket(url: string, events: TransportEvents): Transport {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => events.message(data);
  // Node 22 says no more than this of a connection that could not be made, and Chromium of one that a policy forbids.
  socket.onerror = () => {
    socket.onclose = null;
    events.close(1006, "");
  };
  socket.onclose = ({ code, reason }) => events.close(code, reason);
  return {
    // A socket that is closing drops what it is given, as it says itself soon after.
    send: (bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>),
    close: (code) => socket.close(code),
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
}
