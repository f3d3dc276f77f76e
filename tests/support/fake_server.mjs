// A websocket server that says exactly what a test tells it to.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { WebSocketServer } from "ws";
import { atEnd } from "./closing.mjs";
import { until } from "./checks.mjs";
import { batchOf, fields, linkFrame, message, numbered } from "./protobuf.mjs";

const ADDRESS = "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91";

/** What a message says that is sent to see that nothing is before it. */
const MARK = "7e57c1b2-0000-4000-8000-000000000001";

/** The first frame of a gateway. */
export const WELCOME = linkFrame("Welcome", [1, 2], [2, ADDRESS], [3, 1 << 20]);

const TOKEN = Buffer.alloc(16, 7);

/** Its answer to `Hello`: a new session. */
export const SESSION = linkFrame("Session", [1, TOKEN]);

/** Messages of the link that have no number. */
const CONTROL = ["Welcome", "Hello", "Session", "Ping", "Pong", "Ack", "Goodbye"];

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
  /** What the clients said in each `Hello`: `{token, received}`, and its frame. */
  hellos = [];
  /** Whether it goes on with sessions: then it keeps the client's last number, and its own. */
  resumes = false;
  /** Whether it answers a Ping. */
  isAlive = true;
  /** If there is a list, clients are cut once they are greeted and have been sent these frames. */
  cuts;
  /** How many Pings it was sent, and Pongs. */
  pings = 0;
  pongs = 0;
  #frames = [];
  #server;
  #greeting;
  /** The last number received, in the session that goes on. */
  #received = 0;

  static async start(greeting = WELCOME) {
    const server = new FakeServer();
    server.#greeting = greeting;
    server.#server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.#server.on("connection", (socket) => server.#accept(socket));
    await once(server.#server, "listening");
    atEnd(() => server.stop());
    return server;
  }

  /** Serves the connections of an `inMemory`, in place of a port. */
  static serve(connections) {
    const server = new FakeServer();
    server.#greeting = WELCOME;
    void connections.pipeTo(new WritableStream({ write: (connection) => server.#accept(socketOf(connection)) }));
    return server;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/`;
  }

  /** Sends bytes as a binary message, a string as text, to the newest client. What needs a number gets it. */
  send(...frames) {
    this.sendTo(this.sockets.at(-1), ...frames);
  }

  /** {@link send} to this socket. */
  sendTo(socket, ...frames) {
    for (const each of frames) socket.send(this.#number(socket, each));
  }

  /** A batch of these frames, which the newest client is to be sent next. What needs a number gets it. */
  batch(...frames) {
    return batchOf(...frames.map((each) => this.#number(this.sockets.at(-1), each)));
  }

  #number(socket, frame) {
    const needsOne = this.#greeting === WELCOME && typeof frame !== "string" && !CONTROL.includes(typeOf(frame) ?? "Ack");
    return needsOne ? numbered(frame, ++socket.sent) : frame;
  }

  /** Waits for the next message of a client: its type, and its fields. */
  async received() {
    const bytes = await until(() => this.#frames.shift(), "a message from the client");
    return { type: typeOf(bytes), fields: fields(valueOf(bytes)) };
  }

  /** Fails if the client has sent something that no test has taken: what it sends now comes behind all that it sent before. */
  async sentNothing(client) {
    await client.run(({ client }, sessionUuid) => client.send("service.x", { $type: "StopSessionEvent", sessionUuid }), MARK);
    const { type, fields } = await this.received();
    assert(type === "TeraModuleMessage" && fields[2][0].includes(MARK), `a ${type} was sent`);
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

  /** Loses the connection, after the last words of {@link cuts}. */
  cut(socket) {
    this.sendTo(socket, ...this.cuts);
    socket.close(1001);
  }

  async stop() {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket) {
    this.sockets.push(socket);
    const before = this.sockets.at(-2);
    socket.sent = 0;
    socket.on("message", (bytes) => {
      const type = typeOf(bytes);
      if (type === "Ping") this.pings += 1;
      if (type === "Pong") this.pongs += 1;
      if (type === "Hello") this.#greet(socket, before, bytes);
      else if (type === "Ping" && this.isAlive) socket.send(linkFrame("Pong", [1, fields(valueOf(bytes))[1][0]]));
      else if (!CONTROL.includes(type)) {
        this.#received += 1;
        this.#frames.push(bytes);
      }
    });
    socket.on("close", (code, reason) => this.closes.push({ code, reason: reason.toString() }));
    if (this.#greeting) socket.send(this.#greeting);
  }

  #greet(socket, before, frame) {
    const { 1: [token] = [], 2: [received = 0n] = [] } = fields(valueOf(frame));
    this.hellos.push({ token: token ? Buffer.from(token) : undefined, received: Number(received), frame });
    if (this.resumes && token?.equals(TOKEN)) {
      socket.sent = before.sent;
      return socket.send(linkFrame("Session", [1, TOKEN], [2, 1], [3, this.#received]));
    }
    this.#received = 0;
    socket.send(SESSION);
    if (this.cuts) this.cut(socket);
  }
}

/** What a connection in memory is to the server. */
function socketOf(connection) {
  const socket = new EventEmitter();
  void connection.received.pipeTo(new WritableStream({ write: (bytes) => void socket.emit("message", Buffer.from(bytes)) }));
  void connection.closed.then((code) => socket.emit("close", code, ""));
  const send = (data) => connection.send(data);
  return Object.assign(socket, { send, terminate: () => connection.close(1006) });
}

/** The bytes of the message in a frame. */
function valueOf(bytes) {
  const [any] = fields(bytes)[1];
  return fields(any)[2]?.[0] ?? Buffer.alloc(0);
}

/** The short name of the message in a frame; undefined if it is no frame. */
function typeOf(bytes) {
  try {
    const [any] = fields(bytes)[1];
    return fields(any)[1][0].toString().replace(/^.*[./]/, "");
  } catch {
    return undefined;
  }
}
