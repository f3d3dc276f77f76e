// The npm package's side of the test: a process that answers one request a line. `recode URL VALUE`, in hexadecimal, is an
// Any that a server sends as an event; the answer is the value of the Any that comes when the client sends it on. `violations
// URL VALUE` is answered by what is wrong with the event, a line for each place.

import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { closeAll } from "../support/closing.mjs";
import { required } from "../support/environment.mjs";
import { FakeServer } from "../support/fake_server.mjs";
import { any, eventFrame, field, fields, linkFrame } from "../support/protobuf.mjs";

// Node has one of its own from version 22 on.
globalThis.WebSocket = WebSocket;

const { connect } = await import(`${required("TERA_PACKAGE")}/dist/inline.js`);
const { violations } = await import(`${required("TERA_PACKAGE")}/dist/validation.js`);
const server = await FakeServer.start();
const client = await connect(server.url);
await client.register(readFileSync(required("TERA_DESCRIPTOR_SET")));
const [socket] = server.sockets;
/** Tells of what may be what `recode` waits for. */
const news = new EventEmitter();
let refusal;
let sent = 0;
let wantsViolations = false;
let found;

socket.on("message", () => news.emit("any"));
client.on("warning", refuse);
client.on("event", (event) => {
  if (wantsViolations) {
    found = violations(event);
    return news.emit("any");
  }
  try {
    client.send("service.x", event);
    sent += 1;
  } catch (error) {
    refuse(error);
  }
});

function refuse({ message }) {
  refusal = message;
  news.emit("any");
}

async function recode(url, value) {
  refusal = undefined;
  server.send(eventFrame(any(url.toString(), value)));
  while (!server.hasUnread && refusal === undefined) await once(news, "any");
  if (refusal !== undefined) throw new Error(refusal);
  const { fields: message } = await server.received();
  // An Ack of all of them.
  server.send(Buffer.concat([linkFrame("Ack"), field(1002, sent)]));
  return fields(message[2][0])[2]?.[0] ?? Buffer.alloc(0);
}

async function check(url, value) {
  refusal = found = undefined;
  wantsViolations = true;
  server.send(eventFrame(any(url.toString(), value)));
  while (!found && refusal === undefined) await once(news, "any");
  wantsViolations = false;
  if (refusal !== undefined) throw new Error(refusal);
  return Buffer.from(found.map(({ rule, message }) => `${rule}: ${message}\n`).join(""));
}

for await (const line of createInterface({ input: process.stdin })) {
  const [request, url, value = ""] = line.split(" ");
  try {
    const answer = await { recode, violations: check }[request](...[url, value].map((word) => Buffer.from(word, "hex")));
    console.log(`ok ${answer.toString("hex")}`);
  } catch (error) {
    console.log(`refused ${Buffer.from(error.message).toString("hex")}`);
  }
}
client.close();
await closeAll();
