// A thread that holds the sockets of whoever is at the other end of the port that it is given, or else of its own. Not every version of Node has a WebSocket, and
// `ws` has one everywhere.

import { parentPort, workerData } from "node:worker_threads";
import WebSocket from "ws";

const { relay } = await import(workerData.package);

relay(workerData.port ?? parentPort, (url, events) => {
  const socket = new WebSocket(url);
  socket.on("open", events.open);
  socket.on("message", (data, isBinary) => events.message(isBinary ? data : String(data)));
  socket.on("close", (code, reason) => events.close(code, String(reason)));
  socket.on("error", () => {});
  return {
    send: (bytes) => socket.send(bytes),
    close: (code) => socket.close(code),
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
});
