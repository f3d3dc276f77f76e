// Signals as text messages of a WebSocket that is a page's own, without the SDK.

import assert from "node:assert/strict";
import { until } from "../../support/checks.mjs";
import { fields } from "../../support/protobuf.mjs";
import { setUp } from "./signals.mjs";

const ADA = "websocket.user.ada00000-0000-4000-8000-000000000001";
const BOB = "websocket.user.b0b00000-0000-4000-8000-000000000001";

/** `logIn` gives the URL of a login's websocket. */
export async function texts(check, join, _python, _redis, logIn) {
  const bob = await join("bob");
  await bob.run(setUp);
  await bob.run(open, await logIn("ada"));
  const say = (text) => bob.run((_, text) => raw.send(text), typeof text === "string" ? text : JSON.stringify(text));

  await check("a page's own WebSocket sends a signal as text, and a `from` that it forges is overwritten", async () => {
    await bob.run(async ({ heard }) => {
      heard.offers = [];
      const note = (offer) => heard.offers.push([offer instanceof app.Offer, offer.double, offer.from, offer.note, offer.id.length]);
      await heard.signals.onMessage(app.Offer, note);
    });
    await say({ signalType: "MESSAGE", to: BOB, messageType: "Offer", price: 21, note: "é😀", from: BOB });
    const offers = await until(() => bob.run(({ heard }) => heard.offers.length && heard.offers), "the offer");
    assert.deepEqual(offers, [[true, 42, ADA, "é😀", 36]]);
  });

  await check("a text that is refused comes back as a Notice, with a code and a sentence", async () => {
    const wrong = ["no signal", { signalType: "EVENT", eventType: "a.b" }, { signalType: "MESSAGE", to: "Nobody", messageType: "Offer" }];
    for (const text of wrong) await say(text);
    const notices = await until(async () => {
      const frames = await bob.run(() => raw.heard);
      const found = frames.map((frame) => notice(Buffer.from(frame))).filter(Boolean);
      return found.length === wrong.length && found;
    }, "the notices");
    assert.deepEqual(notices.map(({ code }) => code), [6n, 6n, 10n]);
    assert.match(notices[0].description, /^it is no signal/);
    assert.match(notices[0].help, /signalType/);
    assert.equal(notices[2].description, "nobody listens on signal.service.Nobody");
  });

  await bob.run(() => raw.socket.close(1000));
  await bob.close();
}

/** In the page: opens a websocket that says no more than the gateway needs, and writes down what comes. */
function open(_, url) {
  const message = (type) => Uint8Array.from([10, type.length + 2, 10, type.length, ...new TextEncoder().encode(type)]);
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const heard = [];
  socket.onmessage = ({ data }) => heard.push([...new Uint8Array(data)]);
  const alive = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send(message("/tera.link.v1.Ack")), 4000);
  socket.onclose = () => clearInterval(alive);
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("the websocket was refused"));
    socket.onopen = () => {
      socket.send(message("/tera.link.v1.Hello"));
      globalThis.raw = { socket, heard, send: (text) => socket.send(text) };
      resolve();
    };
  });
}

/** The error of a Notice; undefined if the frame is something else. */
function notice(frame) {
  const [any] = fields(frame)[1];
  const { 1: [type], 2: [value] = [] } = fields(any);
  if (String(type) !== "/tera.link.v1.Notice") return undefined;
  const { 1: [code], 2: [description], 3: [help] } = fields(fields(value)[1][0]);
  return { code, description: String(description), help: String(help) };
}
