// The WebAssembly module: what it exports, what it imports, and a class over both. Only numbers cross; what is longer lies in
// the module's memory. The other side of this is crates/module.

import { TeraError } from "./errors.js";
import { ERROR_CODES } from "./generated/messages.js";
import { PACKAGE, type Registry } from "./registry.js";
import { moduleRows } from "./rows.js";
import { writeText } from "./utf8.js";
import type { Gap, Stats } from "./types.js";

/** Memory that JavaScript writes: the module's export `input` makes room for so many bytes and says where. */
export interface Memory {
  readonly memory: WebAssembly.Memory;
  input(length: number): number;
}

/** The exports; what each does is said in crates/module/src/exports.rs. */
export interface Exports extends Memory {
  open(now: number, seed: number): number;
  free(link: number): void;
  timed_out(link: number, now: number): void;
  dial_failed(link: number, now: number, isMisuse: boolean, length: number): void;
  socket_closed(link: number, now: number, code: number, length: number): void;
  happened(link: number, now: number, what: number): void;
  received(link: number, now: number, length: number): number;
  accepts(link: number, length: number): number;
  received_text(link: number, now: number, length: number): number;
  register(link: number, rows: number, description: number): void;
  submit(link: number, now: number, operation: number, timeout: number, dest: number, body: number): number;
  cancel(link: number, now: number, id: number): void;
  drain(link: number, now: number, deadline: number): void;
  stats(link: number): number;
  close(link: number, now: number): void;
}

/** What a link asks for and tells. Nothing here may throw: an exception must not cross a Rust frame. */
export interface Host {
  /** Get a URL and open a transport to it. */
  dial(): void;
  /** Send this as one binary message, at once: the bytes are borrowed. */
  transmit(frame: Uint8Array): void;
  /** Close the transport and forget it. */
  hangup(code: number): void;
  /** Call `timedOut` at this moment instead of any earlier one; `undefined`: not at all. */
  wakeAt(at: number | undefined): void;
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

/** What `happened`, beside what pages tell. */
export const OPENED = 0;
export const NOT_ALLOWED = 1;

/** What `submit` does with a message. */
export const SEND = 0;
export const REQUEST = 1;
export const CALL = 2;
export const SUBSCRIBE = 3;
export const UNSUBSCRIBE = 4;
export const PUBLISH = 5;

/** The figures, in the order that the module has them. */
const STATS = [
  "sent", "received", "resent", "duplicates", "gaps", "missed", "dropped", "queued", "bufferedAmount", "rtt", "rttP50", "rttP95", "reconnects", "resumes",
] as const satisfies (keyof Stats)[];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const hosts = new Map<number, Host>();
let module: Exports;
let bytes = new Uint8Array();
/** What the module said is wrong, before it calls or returns with it. */
let error: TeraError;

/** All of a module's memory, which moves when it grows. */
function view(): Uint8Array<ArrayBuffer> {
  const { buffer } = module.memory;
  return bytes.buffer === buffer ? bytes : (bytes = new Uint8Array(buffer as ArrayBuffer));
}

function string(at: number, length: number): string {
  return decoder.decode(view().subarray(at >>> 0, (at >>> 0) + length));
}

/** Writes the parts one behind the other and gives the lengths they have there. */
function write(...parts: (string | Uint8Array)[]): number[] {
  let most = 0;
  for (const part of parts) most += part.length * (typeof part === "string" ? 3 : 1);
  let at = module.input(most) >>> 0;
  const lengths = [];
  for (const part of parts) {
    let { length } = part;
    if (typeof part === "string") length = writeText(part, view(), at);
    else view().set(part, at);
    at += length;
    lengths.push(length);
  }
  return lengths;
}

const imports = {
  dial: (link: number) => hosts.get(link)!.dial(),
  transmit: (link: number, frame: number, length: number) => hosts.get(link)!.transmit(view().subarray(frame >>> 0, (frame >>> 0) + length)),
  hangup: (link: number, code: number) => hosts.get(link)!.hangup(code),
  wake: (link: number, at: number) => hosts.get(link)!.wakeAt(at >= 0 ? at : undefined),
  error: (code: number, text: number, length: number, help: number, helpLength: number) => {
    error = new TeraError(ERROR_CODES[code] ?? "unknown", string(text, length), string(help, helpLength));
  },
  connecting: (link: number) => hosts.get(link)!.connecting(),
  connected: (link: number, address: number, length: number, resumed: number) =>
    hosts.get(link)!.connected(string(address, length) || undefined, !!resumed),
  disconnected: (link: number, retryAt: number) => hosts.get(link)!.disconnected(error, retryAt),
  closed: (link: number) => hosts.get(link)!.closed(error),
  warning: (link: number) => hosts.get(link)!.warning(error),
  gap: (link: number, topic: number, length: number, first: number, last: number, count: number) =>
    hosts.get(link)!.gap(count >= 0 ? { topic: string(topic, length), first, last, count } : { topic: string(topic, length) }),
  resync: (link: number) => hosts.get(link)!.resync(),
  answered: (link: number, id: number, places: number) => hosts.get(link)!.answered(id, places),
  returned: (link: number, id: number, json: number, length: number) => hosts.get(link)!.returned(id, string(json, length)),
  failed: (link: number, id: number) => hosts.get(link)!.failed(id, error),
};

/** Makes a compiled module the one that links are made in. */
export async function instantiate(compiled: WebAssembly.Module): Promise<Exports> {
  const { exports } = await WebAssembly.instantiate(compiled, { host: imports });
  return (module = exports as unknown as Exports);
}

/** A connection in the module. Moments are milliseconds on a clock that never goes back. */
export class Link {
  readonly #link: number;
  /** What places of payloads are in. */
  readonly memory = module.memory;

  /** Its first attempt starts with the next call of {@link timedOut}. In `options`, NaN means the default; `types` are the catalogue's. */
  constructor(host: Host, now: number, seed: number, options: number[], { types }: Registry) {
    write(new Uint8Array(new Float64Array(options).buffer));
    this.#link = module.open(now, seed);
    this.register(...moduleRows(types, PACKAGE));
    hosts.set(this.#link, host);
  }

  /** Forgets it. Nothing may be called afterwards. */
  free(): void {
    hosts.delete(this.#link);
    module.free(this.#link);
  }

  timedOut(now: number): void {
    module.timed_out(this.#link, now);
  }

  dialFailed(now: number, isMisuse: boolean, description: string): void {
    const [length] = write(description);
    module.dial_failed(this.#link, now, isMisuse, length);
  }

  socketClosed(now: number, code: number, reason: string): void {
    const [length] = write(reason);
    module.socket_closed(this.#link, now, code, length);
  }

  happened(now: number, what: number): void {
    module.happened(this.#link, now, what);
  }

  /** Takes a binary message. If it has a payload, it says where that lies, for `read` of tape.ts; 0 otherwise. */
  received(now: number, frame: Uint8Array): number {
    const at = module.input(frame.length) >>> 0;
    view().set(frame, at);
    return module.received(this.#link, now, frame.length);
  }

  /** Whether a text message of this length is to be read at all. */
  accepts(length: number): boolean {
    return !!module.accepts(this.#link, length);
  }

  /** Whether a text message that was read is to be delivered; `invalid` says why it could not be read. */
  receivedText(now: number, invalid: string): boolean {
    const [length] = write(invalid);
    return !!module.received_text(this.#link, now, length);
  }

  /** Adds messages: the catalogue, and then what the registrar gives. */
  register(rows: Uint8Array, description: string): void {
    const [rowsLength, descriptionLength] = write(rows, description);
    module.register(this.#link, rowsLength, descriptionLength);
  }

  /**
   * Sends what is encoded in `body`; a timeout of 0 is the default. Returns the number of the request, if it is one.
   *
   * @throws {TeraError} what stands against it
   */
  submit(now: number, operation: number, dest: string, timeout: number, body: Uint8Array): number {
    const [destLength, bodyLength] = write(dest, body);
    const id = module.submit(this.#link, now, operation, timeout, destLength, bodyLength);
    if (!id) throw error;
    return id;
  }

  cancel(now: number, id: number): void {
    module.cancel(this.#link, now, id);
  }

  drain(now: number, deadline: number): void {
    module.drain(this.#link, now, deadline);
  }

  stats(): Stats {
    const figures = new Float64Array(module.memory.buffer, module.stats(this.#link), STATS.length);
    const known = (figure: number) => (Number.isNaN(figure) ? undefined : figure);
    return Object.fromEntries(STATS.map((name, at) => [name, known(figures[at])])) as unknown as Stats;
  }

  close(now: number): void {
    module.close(this.#link, now);
  }
}
