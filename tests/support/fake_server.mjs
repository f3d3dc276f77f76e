// A websocket server that says exactly what a test tells it to.

import { once } from "node:events";
import { WebSocketServer } from "ws";
import { atEnd } from "./closing.mjs";
import { until } from "./checks.mjs";
import { fields, linkFrame, message } from "./protobuf.mjs";

const ADDRESS = "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91";

/** The first frame of a gateway. */
export const WELCOME = linkFrame("Welcome", [1, 1], [2, ADDRESS], [3, 1 << 20]);

/** The first frame of a plain OpenTera server. */
export const PLAIN_GREETING = JSON.stringify({
  message: {
    "@type": "type.googleapis.com/opentera.protobuf.TeraEvent",
    events: [{ "@type": "type.googleapis.com/opentera.protobuf.UserEvent", type: "USER_CONNECTED" }],
  },
});

/** Greets each client with `greeting` and keeps what it sends. */
export class FakeServer {
  /** The open sockets and those that were open, in order. */
  sockets = [];
  /** How each socket that ended was closed: `{code, reason}`. */
  closes = [];
  #frames = [];
  #server;
  #greeting;

  static async start(greeting = WELCOME) {
    const server = new FakeServer();
    server.#greeting = greeting;
    server.#server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.#server.on("connection", (socket) => server.#accept(socket));
    await once(server.#server, "listening");
    atEnd(() => server.stop());
    return server;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/`;
  }

  /** Sends bytes as a binary message, a string as text, to the newest client. */
  send(...frames) {
    for (const each of frames) this.sockets.at(-1).send(each);
  }

  /** Waits for the next message of a client: its type, and its fields. */
  async received() {
    const bytes = await until(() => this.#frames.shift(), "a message from the client");
    const [any] = fields(bytes)[1];
    const { 1: [url], 2: [value] = [Buffer.alloc(0)] } = fields(any);
    return { type: url.toString().replace(/^.*[./]/, ""), fields: fields(value) };
  }

  /** Whether a client sent something that no test has taken. */
  get hasUnread() {
    return this.#frames.length > 0;
  }

  /** Answers a request with JSON. */
  replyJson(id, json) {
    this.send(linkFrame("Reply", [1, id], [3, json]));
  }

  /** Answers a request with an error of this number. */
  replyError(id, code) {
    this.send(linkFrame("Reply", [1, id], [4, message([1, code], [2, "said so"], [3, "do this"])]));
  }

  /** Answers a request with an encoded TeraModuleMessage. */
  replyMessage(id, bytes) {
    this.send(linkFrame("Reply", [1, id], [2, bytes]));
  }

  async stop() {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket) {
    this.sockets.push(socket);
    socket.on("message", (bytes) => this.#frames.push(bytes));
    socket.on("close", (code, reason) => this.closes.push({ code, reason: reason.toString() }));
    if (this.#greeting) socket.send(this.#greeting);
  }
}

