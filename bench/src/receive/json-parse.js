// A page with a bare WebSocket and JSON.parse.

import { first, hear, hearFirst } from "./heard.js";

let socket;

/** Connects; resolves with the moment of the first event. */
globalThis.start = async (url) => {
  let take = (event) => {
    hearFirst(event);
    take = (event) => hear(event.deviceName.length + event.type.length);
  };
  socket = new WebSocket(url);
  socket.onmessage = ({ data }) => {
    for (const event of JSON.parse(data).message.events) take(event);
  };
  return first;
};

globalThis.stop = () => socket.close(1000);
