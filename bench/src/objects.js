// What is done with decoded objects: reading them as an application would, and comparing them with what was sent.

import { TYPES } from "../lib/types.mjs";

/** Names as some generators write them. */
export const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const camel = (name) => name;

let compiled = 0;

/**
 * A function by its source, which may use `values` by their names. Whoever is measured has all code that it runs through compiled by
 * itself, because shared code would see everybody's shapes; engines share that of equal sources too, so none is equal to another.
 */
export function compile(source, values = {}) {
  return new Function(...Object.keys(values), `"${compiled++}"; return ${source};`)(...Object.values(values));
}

/** A function that reads every field of a frame's events and returns a number. */
export function reader(types, style) {
  const touch = types.map((type) => {
    const reads = TYPES[type].map(([name, kind]) => {
      const value = `event.${style(name)}`;
      if (Array.isArray(kind)) return `(typeof ${value} === "number" ? ${value} : ${value}.length)`;
      if (kind === "strings") return `strings(${value})`;
      return `${value}.length + ${value}.charCodeAt(1)`;
    });
    return `(event) => ${reads.join(" + ")}`;
  });
  const strings = "(list) => { let sum = 0; for (let i = 0; i < list.length; i++) sum += list[i].charCodeAt(1); return sum; }";
  return compile(`(() => {
    const strings = ${strings};
    const touch = [${touch.join(", ")}];
    return (events) => {
      let sum = 0;
      for (let i = 0; i < events.length; i++) sum += touch[i % ${types.length}](events[i]);
      return sum;
    };
  })()`);
}

/** A contestant's events in the one form that all are compared in. */
export function canonical(types, style, header, events) {
  return {
    header: { version: header.version, time: header.time, topic: header.topic },
    events: Array.from(events, (event, index) => {
      const fields = TYPES[types[index % types.length]].map(([name, kind]) => {
        const value = event[style(name)];
        if (Array.isArray(kind)) return [name, typeof value === "number" ? kind[value] : value];
        return [name, kind === "strings" ? Array.from(value) : value];
      });
      return Object.fromEntries(fields);
    }),
  };
}

/** Fails unless the contestant's objects are those that were sent. */
export function compare(name, got, { header, events }) {
  const [actual, expected] = [JSON.stringify(got), JSON.stringify({ header, events })];
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const [from, to] = [Math.max(0, at - 40), at + 60];
  throw new Error(`${name} yields other objects: ${actual.slice(from, to)} instead of ${expected.slice(from, to)}`);
}
