// The contestants of `bench encode`: each takes a message list as an application holds it, and gives the frame of the
// TeraModuleMessage that it is sent in.

import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { PbfWriter } from "pbf";
import * as esPresence from "generated/protobuf-es/opentera/presence_pb.js";
import * as esSession from "generated/protobuf-es/opentera/session_pb.js";
import { TeraMessageSchema, TeraModuleMessageSchema } from "generated/protobuf-es/opentera/wrappers_pb.js";
import * as pbf from "generated/pbf.js";
import { opentera } from "generated/protobufjs.js";
import * as tsPresence from "generated/ts-proto/opentera/presence.ts";
import * as tsSession from "generated/ts-proto/opentera/session.ts";
import { TeraMessage as TsTeraMessage, TeraModuleMessage as TsTeraModuleMessage } from "generated/ts-proto/opentera/wrappers.ts";
import { TYPES } from "../../lib/types.mjs";
import { camel, snake } from "../objects.js";

export const DEST = "service.Example";
const PREFIX = "type.googleapis.com/opentera.protobuf.";
const TYPE_URL = `${PREFIX}TeraModuleMessage`;

/** Messages with enum numbers, as generated code takes them, each with its `$type` beside it. */
export function plain(style, types, events) {
  return events.map((event, index) => {
    const type = types[index % types.length];
    const fields = TYPES[type].map(([name, kind]) => [style(name), Array.isArray(kind) ? kind.indexOf(event[name]) : event[name]]);
    return { type, message: Object.fromEntries(fields) };
  });
}

export const protobufjs = {
  prepare: (types, events) => plain(camel, types, events),
  encode(messages) {
    const { TeraMessage, TeraModuleMessage } = opentera.protobuf;
    const data = messages.map(({ type, message }) => ({ type_url: PREFIX + type, value: opentera.protobuf[type].encode(message).finish() }));
    const value = TeraModuleMessage.encode({ head: { version: 1, dest: DEST }, data }).finish();
    return TeraMessage.encode({ message: { type_url: TYPE_URL, value } }).finish();
  },
};

const esSchemas = { ...esPresence, ...esSession };

export const protobufEs = {
  prepare: (types, events) => plain(camel, types, events),
  encode(messages) {
    const data = messages.map(({ type, message }) => {
      const schema = esSchemas[`${type}Schema`];
      return anyPack(schema, create(schema, message));
    });
    const message = create(TeraModuleMessageSchema, { head: { version: 1, dest: DEST }, data });
    return toBinary(TeraMessageSchema, create(TeraMessageSchema, { message: anyPack(TeraModuleMessageSchema, message) }));
  },
};

function pbfBytes(write, message) {
  const writer = new PbfWriter();
  write(message, writer);
  return writer.finish();
}

export const pbfContestant = {
  prepare: (types, events) => plain(snake, types, events),
  encode(messages) {
    const data = messages.map(({ type, message }) => ({ type_url: PREFIX + type, value: pbfBytes(pbf[`write${type}`], message) }));
    const value = pbfBytes(pbf.writeTeraModuleMessage, { head: { version: 1, dest: DEST }, data });
    return pbfBytes(pbf.writeTeraMessage, { message: { type_url: TYPE_URL, value } });
  },
};

const tsTypes = { ...tsPresence, ...tsSession };

export const tsProto = {
  prepare: (types, events) => plain(camel, types, events),
  encode(messages) {
    const data = messages.map(({ type, message }) => ({ typeUrl: PREFIX + type, value: tsTypes[type].encode(message).finish() }));
    const head = { version: 1, time: 0, seq: 0, source: "", dest: DEST };
    const value = TsTeraModuleMessage.encode({ head, data }).finish();
    return TsTeraMessage.encode({ message: { typeUrl: TYPE_URL, value } }).finish();
  },
};
