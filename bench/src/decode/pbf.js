// pbf: its generated readers; Any is resolved by hand.

import { PbfReader } from "pbf";
import * as generated from "generated/pbf.js";
import { TYPES } from "../../lib/types.mjs";
import { snake } from "../objects.js";

export const style = snake;
const readers = new Map(Object.keys(TYPES).map((name) => [`type.googleapis.com/opentera.protobuf.${name}`, generated[`read${name}`]]));

export async function start() {
  return (bytes) => {
    const { message } = generated.readTeraMessage(new PbfReader(bytes));
    const { header, events } = generated.readTeraEvent(new PbfReader(message.value));
    return { header, events: events.map((any) => readers.get(any.type_url)(new PbfReader(any.value))) };
  };
}

export const header = (result) => result.header;
export const events = (result) => result.events;
