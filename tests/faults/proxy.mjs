// A TCP proxy that does to connections what networks do to them.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { atEnd } from "../support/closing.mjs";

/** How long a slow connection holds every chunk back, in milliseconds. */
const SLOW = 30;

export class FaultProxy {
  /** Connections that are open on both sides. */
  #pairs = new Set();
  /** Websockets that a strike ended. */
  kills = 0;
  /** The port that further connections are led to. */
  target;
  #server;

  /** Starts a proxy in front of a port of this machine. */
  static async start(port) {
    const proxy = new FaultProxy();
    proxy.target = port;
    proxy.#server = createServer((inner) => proxy.#accept(inner));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    atEnd(() => proxy.stop());
    return proxy;
  }

  get port() {
    return this.#server.address().port;
  }

  /** A connection of a websocket, chosen by a number from 0 up to 1; undefined if there is none. */
  pick(random) {
    const sockets = [...this.#pairs].filter((pair) => pair.isWebSocket && !pair.isStruck);
    return sockets[Math.floor(random * sockets.length)];
  }

  /** Makes all websockets half open. */
  silenceAll() {
    for (const pair of this.#pairs) if (pair.isWebSocket) pair.silence();
  }

  stop() {
    for (const pair of this.#pairs) pair.cut();
    this.#server.close();
  }

  #accept(inner) {
    const server = connect(this.target, "127.0.0.1");
    inner.once("data", (chunk) => (pair.isWebSocket = chunk.includes("Upgrade: websocket")));
    const pair = new Pair(inner, server, () => {
      if (this.#pairs.delete(pair) && pair.isStruck) this.kills += 1;
    });
    this.#pairs.add(pair);
  }
}

class Pair {
  /** Whether the client asked for a websocket; what else a page fetches is left alone. */
  isWebSocket = false;
  /** Whether something was done to it. */
  isStruck = false;
  #sockets;
  #ended;
  /** So many bytes still pass, in either direction; then the connection is cut. */
  #left = Infinity;
  #silent = false;
  #delay = 0;

  constructor(client, server, ended) {
    this.#sockets = [client, server];
    this.#ended = ended;
    this.#pipe(client, server);
    this.#pipe(server, client);
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on("error", () => {
        for (const each of this.#sockets) each.destroy();
        this.#ended();
      });
    }
  }

  /** Both sides find the connection reset, at once. */
  cut() {
    this.isStruck = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#ended();
  }

  /** Cut after so many more bytes, which may be in the middle of a frame. */
  cutAfter(bytes) {
    this.isStruck = true;
    this.#left = bytes;
  }

  /** Half open: neither side hears of the other again, nor that it is gone. */
  silence() {
    this.isStruck = true;
    this.#silent = true;
    this.#ended();
  }

  /** Everything takes longer from now on. */
  slow() {
    this.isStruck = true;
    this.#delay = SLOW;
  }

  #pipe(from, to) {
    let last = Promise.resolve();
    from.on("data", (chunk) => {
      if (this.#silent) return;
      const part = chunk.subarray(0, this.#left);
      this.#left -= part.length;
      const isLast = this.#left <= 0;
      const pass = () => {
        if (this.#silent) return;
        to.write(part);
        if (isLast) setImmediate(() => this.cut());
      };
      if (!this.#delay) return pass();
      const delay = this.#delay;
      last = last.then(() => new Promise((resolve) => setTimeout(resolve, delay))).then(pass);
    });
    from.on("close", () => {
      if (this.#silent) return;
      void last.then(() => {
        to.destroy();
        this.#ended();
      });
    });
  }
}
