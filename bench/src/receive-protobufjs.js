// A page with a bare WebSocket and protobuf.js.

import { opentera } from "generated/protobufjs-opentera.js";

const { DeviceEvent, TeraEvent, TeraMessage } = opentera.protobuf;
const types = new Map([["type.googleapis.com/opentera.protobuf.DeviceEvent", DeviceEvent]]);

globalThis.receive = (url, count) =>
  new Promise((resolve) => {
    let heard = 0;
    let sum = 0;
    let start;
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      start ??= performance.now();
      const { events } = TeraEvent.decode(TeraMessage.decode(new Uint8Array(data)).message.value);
      for (const any of events) {
        const event = types.get(any.type_url).decode(any.value);
        sum += event.deviceName.length + event.type;
        if (++heard === count) resolve({ milliseconds: performance.now() - start, sum });
      }
    };
  });
