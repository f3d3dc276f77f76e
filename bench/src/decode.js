// The page of `bench decode`: checks that all contestants yield the same objects, then races them.

import * as floor from "./decode/floor.js";
import * as jsonParse from "./decode/json-parse.js";
import * as pbf from "./decode/pbf.js";
import * as protobufEs from "./decode/protobuf-es.js";
import * as protobufjs from "./decode/protobufjs.js";
import * as tera from "./decode/tera.js";
import * as teraClient from "./decode/client.js";
import * as tsProto from "./decode/ts-proto.js";
import { canonical, compare, compile, reader } from "./objects.js";
import { checksum, race } from "./timing.js";

const BINARY = { tera, protobufjs, "protobuf-es": protobufEs, pbf, "ts-proto": tsProto, "json-parse": jsonParse, floor };
const TEXT = { tera: { ...tera, start: async () => tera.fromText }, "json-parse": jsonParse, floor };
const started = new Map();

function bytesOf({ bytes }) {
  return Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
}

/** A case's frames as the contestant takes them. */
function inputs(name, input, { frames, types }) {
  if (name === "floor") return frames.map((frame) => floor.prepare(types, frame));
  if (input === "json") return frames.map((frame) => frame.serverJson);
  return frames.map(name === "json-parse" ? (frame) => frame.json : bytesOf);
}

function once(key, start) {
  if (!started.has(key)) started.set(key, start());
  return started.get(key);
}

async function contestant(name, module, input, each) {
  // One floor for each case, because its types are part of its code.
  const key = name === "floor" ? `floor ${each.case}` : `${name} ${input}`;
  const decode = await once(key, () => module.start(name === "floor" ? each.types : "/tera_client.wasm"));
  const read = reader(each.types, module.style);
  const frames = inputs(name, input, each);
  for (const [index, frame] of frames.entries()) {
    const result = decode(frame);
    compare(name, canonical(each.types, module.style, module.header(result), module.events(result)), each.frames[index]);
  }
  const run = compile(`(count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += read(events(decode(frames[i % frames.length])));
    return sum;
  }`, { read, events: module.events, decode, frames });
  return { name, run };
}

/** Races a case; resolves with microseconds by contestant. */
globalThis.raceCase = async (each, input, rounds) => {
  const contestants = [];
  for (const [name, module] of Object.entries(input === "json" ? TEXT : BINARY)) contestants.push(await contestant(name, module, input, each));
  const result = await race(contestants, rounds);
  return { result, checksum: checksum() };
};

/** Times the whole client, socket apart, on a case: microseconds for a frame. */
globalThis.raceClient = async (each, input, rounds, greeting) => {
  await once("tera binary", () => tera.start("/tera_client.wasm"));
  const read = reader(each.types, tera.style);
  const frames = each.frames.map((frame) => (input === "json" ? frame.serverJson : bytesOf(frame).buffer));
  let sum = 0;
  const one = [undefined];
  const { play, close } = await teraClient.start(greeting, each.events, (event) => {
    one[0] = event;
    sum += event.$type.length;
  });
  const run = async (count) => {
    await play(frames, count);
    return sum + (each.types.length === 1 ? read(one) : 0);
  };
  const { client } = await race([{ name: "client", run }], rounds);
  close();
  return client;
};
