// protobuf-es with the messages of OpenTera: the codec alone.

import { create, createRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { file_opentera_presence } from "generated/protobuf-es/opentera/presence_pb.js";
import { file_opentera_rpc } from "generated/protobuf-es/opentera/rpc_pb.js";
import { file_opentera_session } from "generated/protobuf-es/opentera/session_pb.js";
import { file_opentera_system } from "generated/protobuf-es/opentera/system_pb.js";
import { TeraEventSchema, TeraMessageSchema, TeraModuleMessageSchema } from "generated/protobuf-es/opentera/wrappers_pb.js";

const registry = createRegistry(file_opentera_presence, file_opentera_rpc, file_opentera_session, file_opentera_system);
const socket = new WebSocket("wss://example.org/wss/user?id=KEY");
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  for (const any of anyUnpack(fromBinary(TeraMessageSchema, new Uint8Array(data)).message, TeraEventSchema).events) {
    console.log(anyUnpack(any, registry));
  }
};
socket.send(toBinary(TeraModuleMessageSchema, create(TeraModuleMessageSchema, { head: { dest: "service.Example" } })));
