// protobuf.js with the messages of OpenTera: the codec alone.

import { opentera } from "generated/protobufjs-opentera.js";

const { TeraEvent, TeraMessage, TeraModuleMessage } = opentera.protobuf;
const socket = new WebSocket("wss://example.org/wss/user?id=KEY");
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  for (const any of TeraEvent.decode(TeraMessage.decode(new Uint8Array(data)).message.value).events) {
    console.log(opentera.protobuf[any.type_url.split(".").pop()].decode(any.value));
  }
};
socket.send(TeraModuleMessage.encode({ head: { dest: "service.Example" } }).finish());
