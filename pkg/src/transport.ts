// The WebSocket transport: moves frames, decides nothing.

/** What a transport says to the client. */
export interface TransportEvents {
  /** The transport is open. */
  open(): void;
  /** A message came: binary as an ArrayBuffer or bytes, text as a string. */
  message(data: ArrayBuffer | Uint8Array | string): void;
  /** The transport is closed, with the code and reason of a close frame; 1006 if there was none. Said once. */
  close(code: number, reason: string): void;
}

/** An open transport. */
export interface Transport {
  /** Sends one binary message. The bytes are borrowed: they must be copied or gone when this returns. */
  send(frame: Uint8Array): void;
  /** Closes. What it says afterwards is not heard. */
  close(code: number): void;
}

/**
 * Opens a WebSocket. No subprotocol is asked for: OpenTera servers ignore it and the browser would then hang up.
 *
 * @throws {DOMException} The URL is no ws: or wss: URL, or not allowed here.
 */
export function openWebSocket(url: string, events: TransportEvents): Transport {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }) => events.message(data);
  socket.onclose = ({ code, reason }) => events.close(code, reason);
  return {
    // A socket that is closing drops what it is given, as it says itself soon after.
    send: (frame) => socket.send(frame as Uint8Array<ArrayBuffer>),
    close: (code) => socket.close(code),
  };
}
