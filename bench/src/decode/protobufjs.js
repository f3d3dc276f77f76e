// protobuf.js: static code, one class for each type URL.

import { opentera } from "generated/protobufjs.js";
import { TYPES } from "../../lib/types.mjs";
import { camel } from "../objects.js";

export const style = camel;
const { TeraEvent, TeraMessage } = opentera.protobuf;
const classes = new Map(Object.keys(TYPES).map((name) => [`type.googleapis.com/opentera.protobuf.${name}`, opentera.protobuf[name]]));

export async function start() {
  return (bytes) => {
    const { header, events } = TeraEvent.decode(TeraMessage.decode(bytes).message.value);
    return { header, events: events.map((any) => classes.get(any.type_url).decode(any.value)) };
  };
}

export const header = (result) => result.header;
export const events = (result) => result.events;
