// What is measured: frames of events as an OpenTera deployment has them, in both encodings, with the objects they hold.

import { any, field, frame, message } from "../../tests/support/protobuf.mjs";
import { TYPES } from "./types.mjs";

const PREFIX = "type.googleapis.com/opentera.protobuf.";

/** The cases: the types whose events take turns in a frame. */
const CASES = { device: ["DeviceEvent"], mix: ["DeviceEvent", "UserEvent", "ParticipantEvent"], join: ["JoinSessionEvent"] };
const SIZES = [1, 10, 100];
/** Different frames of a case, so that nobody profits from seeing the same one again soon. */
const FRAMES = { 1: 1024, 10: 16, 100: 8 };
/** So many that what is in a frame is forgotten before it comes again. */
const NEW_FRAMES = { 1: 4096, 100: 32 };
/** Devices, users and sessions of a deployment, whose events come again and again. */
const KNOWN = 50;

const WORDS = {
  ascii: { place: "Ward North", person: "Maria Svensson", note: "Please join the morning exercise" },
  unicode: { place: "Pavillon d’été Ñandú", person: "Łucja Böhm 李小龍", note: "Réunion à 10 h: exercices d’équilibre 🏃" },
};

/** A stream of numbers that is the same in every run. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const newUuid = (pick) => [8, 4, 4, 4, 12].map((length) => Array.from({ length }, () => pick(16).toString(16)).join("")).join("-");

/** An event; `who` has a number for whom it is of, makes uuids, and knows how full a battery is. */
function fill(type, text, pick, who) {
  const { number, uuid, battery } = who();
  const words = WORDS[text];
  const texts = {
    deviceStatus: () => JSON.stringify({ battery: battery(), charging: pick(2) === 1, room: words.place }),
    sessionUrl: () => `https://example.org/session/${uuid()}`,
    joinMsg: () => `${words.note} (${pick(100)})`,
    sessionParameters: () => JSON.stringify({ mode: "group", minutes: pick(60) }),
  };
  const value = ([name, kind]) => {
    if (Array.isArray(kind)) return kind[1 + pick(kind.length - 1)];
    if (kind === "strings") return Array.from({ length: 1 + pick(4) }, uuid);
    if (name.endsWith("Uuid")) return uuid();
    if (texts[name]) return texts[name]();
    return `${/Site|Project|device/.test(name) ? words.place : words.person} ${number}`;
  };
  return Object.fromEntries(TYPES[type].map((each) => [each[0], value(each)]));
}

function encodeEvent(type, event) {
  const fields = TYPES[type].flatMap(([name, kind], index) => {
    const value = Array.isArray(kind) ? kind.indexOf(event[name]) : event[name];
    return (Array.isArray(value) ? value : [value]).map((each) => [index + 1, each]);
  });
  return any(type, message(...fields));
}

function encodeHeader({ version, time, topic }) {
  const double = Buffer.alloc(9);
  double[0] = (2 << 3) | 1;
  double.writeDoubleLE(time, 1);
  return Buffer.concat([field(1, version), double, field(3, topic)]);
}

function makeFrame(types, count, text, pick, who) {
  const header = { version: 1, time: 1_760_000_000 + pick(1e6) / 8, topic: "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91.events" };
  const events = Array.from({ length: count }, (_, index) => fill(types[index % types.length], text, pick, who));
  const anys = events.map((event, index) => [2, encodeEvent(types[index % types.length], event)]);
  const bytes = frame("TeraEvent", message([1, encodeHeader(header)], ...anys));
  const typed = events.map((event, index) => ({ "@type": PREFIX + types[index % types.length], ...event }));
  const json = JSON.stringify({ message: { "@type": `${PREFIX}TeraEvent`, header, events: typed } });
  // OpenTera servers write ASCII.
  const escaped = json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return { bytes: bytes.toString("base64"), json, serverJson: escaped, header, events };
}

/** All cases, as plain data that can be handed to a page. */
export function allCases() {
  const cases = [];
  for (const [name, types] of Object.entries(CASES)) {
    for (const events of SIZES) for (const text of Object.keys(WORDS)) cases.push(makeCase(name, types, events, text));
  }
  return cases;
}

/** The same events, each of somebody and with a state that never came before. */
export function newCases() {
  return Object.entries(CASES).flatMap(([name, types]) =>
    Object.keys(NEW_FRAMES).flatMap((events) => Object.keys(WORDS).map((text) => ({ ...makeCase(name, types, Number(events), text, true), case: `${name}-new` }))),
  );
}

/** One case. */
export function makeCase(name, types = CASES[name], events = 1, text = "ascii", isNew = false) {
  const pick = numbers(events * 7 + text.length);
  const uuids = Array.from({ length: KNOWN }, () => newUuid(pick));
  const who = () => {
    if (isNew) return { number: pick(100_000), uuid: () => newUuid(pick), battery: () => pick(100_000) / 1000 };
    const number = pick(KNOWN);
    // The first uuid that is asked for is that of whom it is of, the others are those of others.
    let next = number;
    const uuid = () => {
      const current = uuids[next];
      next = pick(KNOWN);
      return current;
    };
    return { number, uuid, battery: () => pick(101) };
  };
  const frames = Array.from({ length: (isNew ? NEW_FRAMES : FRAMES)[events] }, () => makeFrame(types, events, text, pick, who));
  return { case: name, events, text, types, frames };
}
