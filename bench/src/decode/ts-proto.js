// ts-proto: its generated decoders; Any is resolved by hand.

import * as presence from "generated/ts-proto/opentera/presence.ts";
import * as session from "generated/ts-proto/opentera/session.ts";
import { TeraEvent, TeraMessage } from "generated/ts-proto/opentera/wrappers.ts";
import { TYPES } from "../../lib/types.mjs";
import { camel } from "../objects.js";

export const style = camel;
const all = { ...presence, ...session };
const types = new Map(Object.keys(TYPES).map((name) => [`type.googleapis.com/opentera.protobuf.${name}`, all[name]]));

export async function start() {
  return (bytes) => {
    const { header, events } = TeraEvent.decode(TeraMessage.decode(bytes).message.value);
    return { header, events: events.map((any) => types.get(any.typeUrl).decode(any.value)) };
  };
}

export const header = (result) => result.header;
export const events = (result) => result.events;
