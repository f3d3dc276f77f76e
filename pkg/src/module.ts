// The WebAssembly module: what it exports, what it imports, and a class over both. Only numbers cross; what is longer lies in
// the module's memory. The other side of this is crates/module.

import { type ErrorCode, TeraError } from "./errors.js";
import { ERROR_CODES } from "./generated/messages.js";
import { PACKAGE, type Registry } from "./registry.js";
import { moduleRows } from "./rows.js";
import { readString, setUp } from "./strings.js";
import { writeText } from "./utf8.js";
import type { Gap, Stats } from "./types.js";

/** Memory that JavaScript writes. */
export interface Memory {
  readonly memory: WebAssembly.Memory;
  /** Makes room for an input of so many bytes and says where. */
  i(length: number): number;
}

/** The exports, by one letter each; what they do is said in crates/module/src/exports.rs, and {@link Link} has them by name. */
export interface Exports extends Memory {
  o(now: number, seed: number): number;
  f(link: number): void;
  t(link: number, now: number): void;
  d(link: number, now: number, code: number, length: number): void;
  s(link: number, now: number, code: number, length: number): void;
  h(link: number, now: number, what: number): void;
  r(link: number, now: number, length: number): number;
  a(link: number, length: number): number;
  x(link: number, now: number, length: number): number;
  g(link: number, description: number, rows: number): void;
  m(link: number, now: number, operation: number, timeout: number, dest: number, body: number): number;
  c(link: number, now: number, id: number): void;
  w(link: number, now: number, deadline: number): void;
  p(link: number): number;
  e(link: number, now: number): void;
}

/** What a link asks for and tells. Nothing here may throw: an exception must not cross a Rust frame. */
export interface Host {
  /** Get a URL and open a transport to it. */
  dial(): void;
  /** Send this as one binary message, at once: the bytes are borrowed. */
  transmit(frame: Uint8Array): void;
  /** Close the transport and forget it. */
  hangup(code: number): void;
  /** Call `timedOut` at this moment instead of any earlier one; NaN: not at all. */
  wakeAt(at: number): void;
  connecting(): void;
  /** `address` is undefined on a plain OpenTera server. */
  connected(address: string | undefined, resumed: boolean): void;
  /** `retryAt` is infinite if there is no attempt before the page or the network is back. */
  disconnected(error: TeraError, retryAt: number): void;
  closed(error: TeraError): void;
  warning(error: TeraError): void;
  gap(gap: Gap): void;
  resync(): void;
  /** The message on the tape, which lies at these places, answers a request. */
  answered(id: number, places: number): void;
  /** A call returned this JSON text. */
  returned(id: number, json: string): void;
  failed(id: number, error: TeraError): void;
}

/** What {@link Link.happened} tells; nothing is left of the names in the package. */
export const enum Happening {
  Opened,
  NotAllowed,
  Wake,
  Offline,
  Online,
  Suspended,
}

/** What {@link Link.submit} does with a message. */
export const enum Operation {
  Send,
  Request,
  Call,
  Subscribe,
  Unsubscribe,
  Publish,
}

/** The figures, in the order that the module has them. */
const STATS = [
  "sent", "received", "resent", "duplicates", "gaps", "missed", "dropped", "queued", "bufferedAmount", "rtt", "rttP50", "rttP95", "reconnects", "resumes",
] as const satisfies (keyof Stats)[];

const hosts = new Map<number, Host>();
let module: Exports;
let bytes = new Uint8Array();
/** What the module said is wrong, before it calls or returns with it. */
let error: TeraError;

/** All of a module's memory. When it grows it moves, and nothing is left where it was. */
function view(): Uint8Array {
  return bytes.length ? bytes : (bytes = new Uint8Array(module.memory.buffer));
}

function string(at: number, length: number): string {
  return readString(view(), at >>> 0, length);
}

/** Writes a text, and bytes behind it. Returns how many bytes the text takes. */
function write(text: string, bytes?: Uint8Array): number {
  const at = module.i(text.length * 3 + (bytes?.length ?? 0)) >>> 0;
  const length = writeText(text, view(), at);
  if (bytes) view().set(bytes, at + length);
  return length;
}

/** The imports, by one letter each. */
const imports = {
  d: (link: number) => hosts.get(link)!.dial(),
  t: (link: number, frame: number, length: number) => hosts.get(link)!.transmit(view().subarray(frame >>> 0, (frame >>> 0) + length)),
  h: (link: number, code: number) => hosts.get(link)!.hangup(code),
  k: (link: number, at: number) => hosts.get(link)!.wakeAt(at),
  e: (code: number, text: number, length: number, help: number, helpLength: number) => {
    error = new TeraError(ERROR_CODES[code], string(text, length), string(help, helpLength));
  },
  c: (link: number) => hosts.get(link)!.connecting(),
  o: (link: number, address: number, length: number, resumed: number) =>
    hosts.get(link)!.connected(string(address, length) || undefined, !!resumed),
  x: (link: number, retryAt: number) => hosts.get(link)!.disconnected(error, retryAt),
  s: (link: number) => hosts.get(link)!.closed(error),
  w: (link: number) => hosts.get(link)!.warning(error),
  g: (link: number, topic: number, length: number, first: number, last: number, count: number) =>
    hosts.get(link)!.gap({ topic: string(topic, length), ...(count >= 0 && { first, last, count }) } as Gap),
  y: (link: number) => hosts.get(link)!.resync(),
  a: (link: number, id: number, places: number) => hosts.get(link)!.answered(id, places),
  r: (link: number, id: number, json: number, length: number) => hosts.get(link)!.returned(id, string(json, length)),
  f: (link: number, id: number) => hosts.get(link)!.failed(id, error),
};

/** Makes a compiled module the one that links are made in. */
export async function instantiate(compiled: WebAssembly.Module): Promise<Exports> {
  const { exports } = await WebAssembly.instantiate(compiled, { h: imports });
  module = exports as unknown as Exports;
  setUp(compiled, module.memory);
  return module;
}

/** A connection in the module. Moments are milliseconds on a clock that never goes back. */
export class Link {
  readonly #link: number;
  /** What places of payloads are in. */
  readonly memory = module.memory;

  /** Its first attempt starts with the next call of {@link timedOut}. In `options`, NaN means the default; `types` are the catalogue's. */
  constructor(host: Host, now: number, seed: number, options: number[], { types }: Registry) {
    write("", new Uint8Array(new Float64Array(options).buffer));
    this.#link = module.o(now, seed);
    this.register(...moduleRows(types, PACKAGE));
    hosts.set(this.#link, host);
  }

  /** Forgets it. Nothing may be called afterwards. */
  free(): void {
    hosts.delete(this.#link);
    module.f(this.#link);
  }

  timedOut(now: number): void {
    module.t(this.#link, now);
  }

  dialFailed(now: number, code: ErrorCode, description: string): void {
    module.d(this.#link, now, ERROR_CODES.indexOf(code), write(description));
  }

  socketClosed(now: number, code: number, reason: string): void {
    module.s(this.#link, now, code, write(reason));
  }

  happened(now: number, what: Happening): void {
    module.h(this.#link, now, what);
  }

  /** Takes a binary message. If it has a payload, it says where that lies, for `read` of tape.ts; 0 otherwise. */
  received(now: number, frame: Uint8Array): number {
    const at = module.i(frame.length) >>> 0;
    view().set(frame, at);
    return module.r(this.#link, now, frame.length);
  }

  /** Whether a text message of this length is to be read at all. */
  accepts(length: number): boolean {
    return !!module.a(this.#link, length);
  }

  /** Whether a text message that was read is to be delivered; `invalid` says why it could not be read. */
  receivedText(now: number, invalid: string): boolean {
    return !!module.x(this.#link, now, write(invalid));
  }

  /** Adds messages: the catalogue, and then what the registrar gives. */
  register(rows: Uint8Array, description: string): void {
    module.g(this.#link, write(description, rows), rows.length);
  }

  /**
   * Sends what is encoded in `body`; a timeout of 0 is the default. Returns the number of the request, if it is one.
   *
   * @throws {TeraError} what stands against it
   */
  submit(now: number, operation: Operation, dest: string, timeout: number, body: Uint8Array): number {
    const id = module.m(this.#link, now, operation, timeout, write(dest, body), body.length);
    if (!id) throw error;
    return id;
  }

  cancel(now: number, id: number): void {
    module.c(this.#link, now, id);
  }

  drain(now: number, deadline: number): void {
    module.w(this.#link, now, deadline);
  }

  stats(): Stats {
    const figures = new Float64Array(module.memory.buffer, module.p(this.#link), STATS.length);
    const known = (figure: number) => (figure >= 0 ? figure : undefined);
    return Object.fromEntries(STATS.map((name, at) => [name, known(figures[at])])) as unknown as Stats;
  }

  close(now: number): void {
    module.e(this.#link, now);
  }
}
