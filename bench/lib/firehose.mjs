// A websocket server that sends prepared frames as fast as the socket takes them, at next to no cost of its own.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { atEnd } from "../../tests/support/closing.mjs";

const TEXT = 0x81;
const BINARY = 0x82;
/** Bytes of one write, so that the sender costs little. */
const BATCH = 1 << 18;

/** A websocket frame around bytes or text. */
function wrap(payload) {
  const body = Buffer.from(payload);
  const head = [typeof payload === "string" ? TEXT : BINARY];
  if (body.length < 126) head.push(body.length);
  else if (body.length < 65_536) head.push(126, body.length >> 8, body.length & 255);
  else throw new Error("frames here are shorter than 64 KiB");
  return Buffer.concat([Buffer.from(head), body]);
}

/** Resolves when the socket takes more, or nothing ever again. */
function writable(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.once("drain", done).once("close", done);
  });
}

/**
 * Starts a server that greets with `greeting`, if there is one, and sends `frames` in turn, `?count=` of them, once the
 * client is there. Resolves with its URL.
 */
export async function startFirehose(greeting, frames) {
  const wrapped = frames.map(wrap);
  const size = wrapped.reduce((sum, frame) => sum + frame.length, 0);
  const times = Math.ceil(BATCH / size);
  const batch = Buffer.concat(Array.from({ length: times }, () => wrapped).flat());
  const inBatch = times * wrapped.length;
  const server = createServer();
  server.on("upgrade", async (request, socket) => {
    const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.on("error", () => {});
    socket.setNoDelay(true);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    if (greeting) socket.write(wrap(greeting));
    let left = Number(new URL(request.url, "http://x").searchParams.get("count"));
    for (; left >= inBatch && !socket.destroyed; left -= inBatch) {
      if (!socket.write(batch)) await writable(socket);
    }
    const rest = Array.from({ length: left }, (_, index) => wrapped[index % wrapped.length]);
    if (!socket.destroyed) socket.write(Buffer.concat(rest));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}/`;
}
