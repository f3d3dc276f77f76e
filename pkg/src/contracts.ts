// The entry point `tera-client/contracts`: what the clients stand on that `tera-client contract` writes. How a call travels
// is said in proto/tera/contract/v1/contract.proto; crates/service has the other side.

import type { Client } from "./client.js";
import { TeraError } from "./errors.js";
import { type Failure, failed } from "./failure.js";
import { CONTRACT } from "./generated/contract.js";
import type { AnyMessage, MessageMap } from "./generated/messages.js";
import { Inbox } from "./inbox.js";
import { checkOptions } from "./options.js";
import type { MessageInit, RequestOptions } from "./types.js";

export { type Failure, failureOf } from "./failure.js";
export type { RequestOptions } from "./types.js";

/** How long an answer is waited for unless the options say otherwise, in milliseconds. */
const TIMEOUT = 10_000;

/** Items that a service may send before it hears that some were taken. Half of them are granted anew at a time. */
const WINDOW = 128;

type Name = keyof MessageMap;

/** A message to send, without its `$type`: any of its fields; the others take their defaults. */
export type Init<T extends { $type: Name }> = Omit<Extract<MessageInit, { $type: T["$type"] }>, "$type">;

/** A method: `<package>.<Service>/<Method>`, the `$type` of its request, and that of its response. */
export type Method<Q extends Name, A extends Name> = readonly [name: string, request: Q, response: A];

const registered = new WeakMap<Client, Map<string, Promise<void>>>();

/** Registers a descriptor set, in base64, with a client: once, unless it fails. */
function register(client: Client, set: string): Promise<void> {
  const sets = registered.get(client) ?? new Map<string, Promise<void>>();
  registered.set(client, sets);
  const known = sets.get(set);
  if (known) return known;
  const registering = client.register(Uint8Array.from(atob(set), (letter) => letter.charCodeAt(0)));
  sets.set(set, registering);
  registering.catch(() => sets.delete(set));
  return registering;
}

/** A service that serves a contract. */
export class Service {
  readonly #client: Client;
  readonly #dest: string;
  readonly #descriptors: string;

  /** `key` is the service's on the bus, `descriptors` the contract's, in base64. */
  constructor(client: Client, key: string, descriptors: string) {
    this.#client = client;
    this.#dest = `service.${key}`;
    this.#descriptors = descriptors;
  }

  /** Calls a method that gives one response, for which `timeout` is 10,000 unless the options say otherwise, whatever the client's `requestTimeout`. */
  async call<Q extends Name, A extends Name>(
    [method, request, response]: Method<Q, A>,
    message: object,
    options: RequestOptions = {},
  ): Promise<MessageMap[A]> {
    const { timeout = TIMEOUT } = checkOptions(options);
    const invoke = { method, timeoutMs: Math.ceil(timeout) };
    return (await this.#ask(invoke, { ...message, $type: request }, response, { ...options, timeout })) as MessageMap[A];
  }

  /**
   * Calls a method that streams, when the first item is asked for. Ending the iteration, or the signal, stops it. `timeout`, 10,000
   * unless the options say otherwise, is how long it may take to begin; a stream lasts as long as it likes.
   */
  async *stream<Q extends Name, A extends Name>(
    [method, request, response]: Method<Q, A>,
    message: object,
    options: RequestOptions = {},
  ): AsyncGenerator<MessageMap[A], void, undefined> {
    const { timeout = TIMEOUT } = checkOptions(options);
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const stream = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    let taken = 0;
    const makeRoom = () => this.#flow({ stream, room: taken + WINDOW });
    await this.#ready();
    const inbox = await Inbox.open(this.#client, `tera-stream.${stream}`, 2 * WINDOW, options.signal, () => taken >= WINDOW / 2 && makeRoom());
    let hasBegun = false;
    try {
      const invoke = { method, timeoutMs: 0, stream, window: WINDOW };
      await this.#ask(invoke, { ...message, $type: request }, "tera.contract.v1.Started", { ...options, timeout });
      hasBegun = true;
      for (let item; (item = await inbox.next()); ) {
        yield expected(item, response) as MessageMap[A];
        if (++taken % (WINDOW / 2) === 0) makeRoom();
      }
    } finally {
      inbox.close();
      if (hasBegun && !inbox.hasEnded) this.#flow({ stream, stop: true });
    }
  }

  async #ready(): Promise<void> {
    await Promise.all([register(this.#client, CONTRACT), register(this.#client, this.#descriptors)]);
  }

  async #ask(invoke: object, request: object, response: string, options: RequestOptions): Promise<AnyMessage> {
    await this.#ready();
    const messages = [{ ...invoke, $type: "tera.contract.v1.Invoke" }, request] as object[] as MessageInit[];
    const { data } = await this.#client.request(this.#dest, messages, options);
    return expected(data[0], response);
  }

  #flow(flow: object): void {
    try {
      this.#client.send(this.#dest, { ...flow, $type: "tera.contract.v1.Flow" } as object as MessageInit);
    } catch {
      // The client was closed, or its queue is full: the service notices by itself that nobody listens, and room is told again.
    }
  }
}

/** The message, if it is of this type. */
function expected(message: AnyMessage | undefined, type: string): AnyMessage {
  const name = message?.$type as string | undefined;
  if (message && name === type) return message;
  if (name === "tera.contract.v1.Failure") throw failed(message as unknown as Failure);
  throw new TeraError("invalid_message", `The service answered with ${name ?? "nothing"} instead of ${type}.`);
}
