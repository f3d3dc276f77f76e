// A transport of an application's own: a WebSocket over a line as long as one likes, to try a page on a bad network.

import type { OpenTransport } from "tera-client";

export const overLongLine = (delay: number): OpenTransport => (url, { open, message, close }) => {
  const socket = new WebSocket(url);
  const later = (run: () => void) => setTimeout(run, delay);
  let underWay = 0;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => later(open);
  socket.onmessage = ({ data }) => later(() => message(data));
  socket.onclose = ({ code, reason }) => later(() => close(code, reason));
  // Node 22 says no more than this of a connection that could not be made.
  socket.onerror = () => socket.readyState === WebSocket.CONNECTING && later(() => close(1006, ""));
  return {
    send(bytes) {
      underWay += bytes.length;
      later(() => socket.send(bytes as Uint8Array<ArrayBuffer>));
      later(() => (underWay -= bytes.length));
    },
    close: (code) => later(() => socket.close(code)),
    get bufferedAmount() { return underWay + socket.bufferedAmount; },
  };
};
