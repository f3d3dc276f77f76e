// The contestants of `bench encode`: each takes a message list as an application holds it, and gives a request's frame.

import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { PbfWriter } from "pbf";
import * as esPresence from "generated/protobuf-es/opentera/presence_pb.js";
import * as esSession from "generated/protobuf-es/opentera/session_pb.js";
import { TeraMessageSchema } from "generated/protobuf-es/opentera/wrappers_pb.js";
import { RequestSchema } from "generated/protobuf-es/tera/link/v1/link_pb.js";
import * as pbf from "generated/pbf.js";
import { opentera, tera as link } from "generated/protobufjs.js";
import * as tsPresence from "generated/ts-proto/opentera/presence.ts";
import * as tsSession from "generated/ts-proto/opentera/session.ts";
import { TeraMessage as TsTeraMessage } from "generated/ts-proto/opentera/wrappers.ts";
import { Request as TsRequest } from "generated/ts-proto/tera/link/v1/link.ts";
import { TYPES } from "../../lib/types.mjs";
import { camel, snake } from "../objects.js";

export const DEST = "service.Example";
export const TIMEOUT = 10_000;
const PREFIX = "type.googleapis.com/opentera.protobuf.";
const REQUEST = "/tera.link.v1.Request";

/** Messages with enum numbers, as generated code takes them, each with its `$type` beside it. */
export function plain(style, types, events) {
  return events.map((event, index) => {
    const type = types[index % types.length];
    const fields = TYPES[type].map(([name, kind]) => [style(name), Array.isArray(kind) ? kind.indexOf(event[name]) : event[name]]);
    return { type, message: Object.fromEntries(fields) };
  });
}

let id = 0;

export const protobufjs = {
  prepare: (types, events) => plain(camel, types, events),
  encode(messages) {
    const { TeraMessage } = opentera.protobuf;
    const data = messages.map(({ type, message }) => ({ type_url: PREFIX + type, value: opentera.protobuf[type].encode(message).finish() }));
    const request = { id: ++id, timeoutMs: TIMEOUT, message: { head: { dest: DEST }, data } };
    const value = link.link.v1.Request.encode(request).finish();
    return TeraMessage.encode({ message: { type_url: REQUEST, value } }).finish();
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
    const operation = { case: "message", value: { head: { dest: DEST }, data } };
    const request = create(RequestSchema, { id: BigInt(++id), timeoutMs: TIMEOUT, operation });
    return toBinary(TeraMessageSchema, create(TeraMessageSchema, { message: anyPack(RequestSchema, request) }));
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
    const request = { id: ++id, timeout_ms: TIMEOUT, message: { head: { dest: DEST }, data } };
    return pbfBytes(pbf.writeTeraMessage, { message: { type_url: REQUEST, value: pbfBytes(pbf.writeRequest, request) } });
  },
};

const tsTypes = { ...tsPresence, ...tsSession };

export const tsProto = {
  prepare: (types, events) => plain(camel, types, events),
  encode(messages) {
    const data = messages.map(({ type, message }) => ({ typeUrl: PREFIX + type, value: tsTypes[type].encode(message).finish() }));
    const head = { version: 0, time: 0, seq: 0, source: "", dest: DEST };
    const request = { id: BigInt(++id), timeoutMs: TIMEOUT, message: { head, data } };
    const value = TsRequest.encode(request).finish();
    return TsTeraMessage.encode({ message: { typeUrl: REQUEST, value } }).finish();
  },
};
