// The page of `bench encode`: checks that all contestants write the same request, then races them.

import { opentera, tera as link } from "generated/protobufjs.js";
import { DEST, TIMEOUT, pbfContestant, protobufEs, protobufjs, tsProto } from "./encode/contestants.js";
import { start } from "./encode/tera.js";
import { canonical, camel, compare } from "./objects.js";
import { race } from "./timing.js";

let contestants;

/** Reads a frame back and compares it with what was to be sent. */
function check(name, bytes, each, frame) {
  const { message } = opentera.protobuf.TeraMessage.decode(bytes);
  const request = link.link.v1.Request.decode(message.value);
  const { head, data } = request.message;
  if (head.dest !== DEST || request.timeoutMs !== TIMEOUT) throw new Error(`${name} asks for something else`);
  const events = data.map((any, index) => {
    const type = each.types[index % each.types.length];
    if (!any.type_url.endsWith(`/opentera.protobuf.${type}`)) throw new Error(`${name} sends a ${any.type_url}`);
    return opentera.protobuf[type].decode(any.value);
  });
  compare(name, canonical(each.types, camel, frame.header, events), frame);
}

/** Races a case; resolves with microseconds by contestant. */
globalThis.raceCase = async (each, rounds, welcome) => {
  const greeting = Uint8Array.from(atob(welcome), (character) => character.charCodeAt(0));
  contestants ??= { tera: await start("/tera_client.wasm", greeting), protobufjs, "protobuf-es": protobufEs, pbf: pbfContestant, "ts-proto": tsProto };
  const lanes = Object.entries(contestants).map(([name, { prepare, encode }]) => {
    const lists = each.frames.map((frame) => prepare(each.types, frame.events));
    for (const [index, messages] of lists.entries()) check(name, encode(messages), each, each.frames[index]);
    const run = (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += encode(lists[i % lists.length]).length;
      return sum;
    };
    return { name, run };
  });
  return race(lanes, rounds);
};
