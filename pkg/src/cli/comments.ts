// The comments of a descriptor set, which only documentation needs; WebAssembly leaves them out. Source: the field
// numbers of google/protobuf/descriptor.proto.

import { all, numbers, text } from "./fields.js";

/** Comments by the full name of what they stand at; fields, values and methods have a `:` and their name behind it. */
export function comments(set: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of all(set, 1)) {
    const places = new Map<string, string>();
    const scope = text(file, 2);
    definitions(file, scope && `${scope}.`, [4, 5], "", places);
    all(file, 6).forEach((service, index) => {
      const name = `${scope && `${scope}.`}${text(service, 1)}`;
      places.set(`6,${index}`, name);
      all(service, 2).forEach((method, number) => places.set(`6,${index},2,${number}`, `${name}:${text(method, 1)}`));
    });
    for (const location of all(file, 9).flatMap((info) => all(info, 1))) {
      const place = places.get(all(location, 1).flatMap((run) => [...numbers(run)]).join());
      const comment = (text(location, 3) || text(location, 4)).trim();
      if (place && comment) found.set(place, comment);
    }
  }
  return found;
}

/** What a field is called in JSON if its descriptor doesn't say. */
function camelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}

/** Notes where messages and enums stand, which are in the fields of these numbers. */
function definitions(bytes: Uint8Array, scope: string, [messages, enums]: [number, number], path: string, places: Map<string, string>): void {
  all(bytes, messages).forEach((message, index) => {
    const [name, at] = [scope + text(message, 1), `${path}${messages},${index}`];
    places.set(at, name);
    all(message, 2).forEach((field, index) => places.set(`${at},2,${index}`, `${name}:${text(field, 10) || camelCase(text(field, 1))}`));
    definitions(message, `${name}.`, [3, 4], `${at},`, places);
  });
  all(bytes, enums).forEach((each, index) => {
    const [name, at] = [scope + text(each, 1), `${path}${enums},${index}`];
    places.set(at, name);
    all(each, 2).forEach((value, index) => places.set(`${at},2,${index}`, `${name}:${text(value, 1)}`));
  });
}
