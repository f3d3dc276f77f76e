// The whole client over a socket that a page can play: listener, stream, driver, tape and handlers all run.

import { connect } from "tera/src/connect.ts";
import * as text from "tera/src/text.ts";
import { init, setSources } from "tera/src/load.ts";

setSources(undefined, undefined, async () => text);

class PlayedSocket extends EventTarget {
  static last;
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  #handlers = new Map();

  constructor(url) {
    super();
    this.url = url;
    PlayedSocket.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  send() {}

  close() {
    this.readyState = 3;
  }

  play(data) {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  #handle(name, handler) {
    this.removeEventListener(name, this.#handlers.get(name));
    this.#handlers.set(name, handler);
    if (handler) this.addEventListener(name, handler);
  }

  set onopen(handler) {
    this.#handle("open", handler);
  }
  set onmessage(handler) {
    this.#handle("message", handler);
  }
  set onerror(handler) {
    this.#handle("error", handler);
  }
  set onclose(handler) {
    this.#handle("close", handler);
  }
}

/**
 * Connects; resolves with a function that plays frames, `ArrayBuffer`s or texts, and resolves once `handler` was called
 * for the events of all, `each` of them a frame.
 */
export async function start(greeting, each, handler) {
  await init("/tera_client.wasm");
  const real = globalThis.WebSocket;
  globalThis.WebSocket = PlayedSocket;
  const connected = connect("ws://played");
  const greet = async () => {
    while (PlayedSocket.last?.readyState !== 1) await new Promise((resolve) => setTimeout(resolve));
    PlayedSocket.last.play(greeting);
  };
  const [client] = await Promise.all([connected, greet()]);
  globalThis.WebSocket = real;
  const socket = PlayedSocket.last;
  PlayedSocket.last = undefined;
  let heard = 0;
  let waiting;
  client.on("event", (event) => {
    handler(event);
    heard += 1;
    if (waiting && heard >= waiting.count) waiting.resolve();
  });
  // What was heard before this turn, such as the greeting, is not counted.
  await new Promise((resolve) => setTimeout(resolve));
  const play = (frames, count) => {
    heard = 0;
    return new Promise((resolve) => {
      waiting = { count: count * each, resolve };
      for (let i = 0; i < count; i++) socket.play(frames[i % frames.length]);
    });
  };
  return { play, close: () => client.close() };
}
