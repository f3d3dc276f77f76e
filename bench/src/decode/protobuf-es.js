// protobuf-es: generated descriptors, a registry, `fromBinary` and `anyUnpack`.

import { createRegistry, fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import * as presence from "generated/protobuf-es/opentera/presence_pb.js";
import * as session from "generated/protobuf-es/opentera/session_pb.js";
import { TeraEventSchema, TeraMessageSchema } from "generated/protobuf-es/opentera/wrappers_pb.js";
import { camel } from "../objects.js";

export const style = camel;
const registry = createRegistry(presence.file_opentera_presence, session.file_opentera_session);

export async function start() {
  return (bytes) => {
    const { header, events } = anyUnpackEvent(fromBinary(TeraMessageSchema, bytes).message);
    return { header, events: events.map((any) => anyUnpack(any, registry)) };
  };
}

const anyUnpackEvent = (any) => anyUnpack(any, TeraEventSchema);

export const header = (result) => result.header;
export const events = (result) => result.events;
