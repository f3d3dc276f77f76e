// The page of `bench encode`: checks that all contestants write the same message, then races them.

import { opentera } from "generated/protobufjs.js";
import { DEST, pbfContestant, protobufEs, protobufjs, tsProto } from "./encode/contestants.js";
import { start } from "./encode/tera.js";
import { canonical, camel, compare, compile } from "./objects.js";
import { race } from "./timing.js";

let contestants;

/** Reads a frame back and compares it with what was to be sent. */
function check(name, bytes, each, frame) {
  const { message } = opentera.protobuf.TeraMessage.decode(bytes);
  const { head, data } = opentera.protobuf.TeraModuleMessage.decode(message.value);
  if (head.dest !== DEST) throw new Error(`${name} sends it elsewhere`);
  const events = data.map((any, index) => {
    const type = each.types[index % each.types.length];
    if (!any.type_url.endsWith(`/opentera.protobuf.${type}`)) throw new Error(`${name} sends a ${any.type_url}`);
    return opentera.protobuf[type].decode(any.value);
  });
  compare(name, canonical(each.types, camel, frame.header, events), frame);
}

/** Races a case; resolves with microseconds by contestant. */
globalThis.raceCase = async (each, rounds, greetings) => {
  const bytes = greetings.map((each) => Uint8Array.from(atob(each), (character) => character.charCodeAt(0)));
  contestants ??= { tera: await start("/tera_client.wasm", bytes), protobufjs, "protobuf-es": protobufEs, pbf: pbfContestant, "ts-proto": tsProto };
  const lanes = Object.entries(contestants).map(([name, { prepare, encode, encodeToKeep = encode }]) => {
    const lists = each.frames.map((frame) => prepare(each.types, frame.events));
    for (const [index, messages] of lists.entries()) check(name, encodeToKeep(messages), each, each.frames[index]);
    const run = compile(`(count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += encode(lists[i % lists.length]).length;
      return sum;
    }`, { encode, lists });
    return { name, run };
  });
  return race(lanes, rounds);
};
