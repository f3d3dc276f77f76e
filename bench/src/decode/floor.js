// The least that any decoder must do: build the objects, with strings and numbers that are there already.

import { TYPES } from "../../lib/types.mjs";
import { camel } from "../objects.js";

export const style = camel;

/** A function for each type from a flat list of values to an object. */
const builders = Object.fromEntries(
  Object.entries(TYPES).map(([type, fields]) => {
    const assignments = fields.map(([name, kind], index) => `this.${name} = ${kind === "strings" ? `list(values[at + ${index}])` : `values[at + ${index}]`};`);
    const list = "(from) => { const items = []; for (let i = 0; i < from.length; i++) items.push(from[i]); return items; }";
    const source = `const list = ${list};
      return function ${type}(values, at, $header) { this.$type = "${type}"; ${assignments.join(" ")} this.$header = $header; };`;
    const builder = new Function(source)();
    builder.prototype = Object.prototype;
    return [type, builder];
  }),
);

/** Lays out a frame's values in a list: its header's, then each event's. */
export function prepare(types, { header, events }) {
  const values = [header.version, header.time, header.topic];
  for (const [index, event] of events.entries()) {
    for (const [name] of TYPES[types[index % types.length]]) values.push(event[name]);
  }
  return { values, count: events.length };
}

export async function start(types) {
  const build = types.map((type) => builders[type]);
  const widths = types.map((type) => TYPES[type].length);
  return ({ values, count }) => {
    const header = { version: values[0], time: values[1], topic: values[2] };
    const events = [];
    let at = 3;
    for (let index = 0; index < count; index++) {
      const turn = index % build.length;
      events.push(new build[turn](values, at, header));
      at += widths[turn];
    }
    return events;
  };
}

export const header = (events) => events[0].$header;
export const events = (result) => result;
