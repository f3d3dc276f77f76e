// Sends signals, and hands those that arrive to whoever listens.

import type { Client } from "../client.js";
import { TeraError, misuse, toldReasonOf } from "../errors.js";
import { report } from "../events.js";
import { aborted, checkOptions, number } from "../options.js";
import type { Host } from "../patterns.js";
import type { RequestOptions } from "../types.js";
import { Cache, type CacheOptions } from "./cache.js";
import { type Fields, problem } from "./check.js";
import { type DataChangeEvent, ErrorReply, Reply, type Signal, type SignalClass, type SignalEvent, type SignalMessage, instance, typeName } from "./model.js";
import { AGENTS_TOPIC, changesTopic, isEvent, isReply, topicOf, wanted } from "./routing.js";

const AGENTS = "agents";

/** How long `ask` waits, in milliseconds. */
const PATIENCE = 10_000;

/** The group of errors of a handler that threw something else than an ErrorReply. */
const HANDLER_FAILED = 500;

/** Ends what it was given for. */
export type Listening = () => Promise<void>;

/** What sends one's reply. */
export interface ReplyOptions {
  /** Where to, if neither to the message's `returnAddress` nor to who sent it: a service's name, or `agents`. */
  address?: string | undefined;
}

/** What a handler of messages gets beside the message. */
export interface MessageContext {
  /** Answers the message. */
  reply(answer: Reply | ErrorReply, options?: ReplyOptions): Promise<void>;
}

/** Options of `ask`. */
export interface AskOptions<R extends Reply = Reply> {
  /** How long to wait for the reply, in milliseconds, from 1 to 2,147,483,647. Default 10,000, whatever the client's `requestTimeout`. */
  timeout?: number | undefined;
  /** Gives up when it fires: `ask` rejects with `aborted`. */
  signal?: AbortSignal | undefined;
  /** The class that the reply becomes an object of. */
  reply?: SignalClass<R> | undefined;
}

interface Listener {
  wants(signal: Fields): boolean;
  run(signal: Fields): void;
}

interface Asked {
  Class: SignalClass<unknown>;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/**
 * The signals of one client. On a gateway, what may be sent and heard is what its configuration grants; a plain server's
 * clients hear what it sends.
 *
 * @example
 * const signals = new Signals(client);
 * await signals.onEvent(UserRegistered, (event) => console.log(event.userId));
 * const events = await signals.ask("GCalendar", new FindEvents({ day: "2026-01-01" }), { reply: FoundEvents });
 */
export class Signals {
  readonly #client: Client;
  readonly #gateway: Host;
  readonly #listeners = new Set<Listener>();
  readonly #subscriptions = new Set<Listening>();
  readonly #asked = new Map<string, Asked>();
  readonly #answered = new WeakSet<object>();
  readonly #caches = new Set<Cache<any>>();
  readonly #off: (() => void)[];
  /** Hears what is to this client, once something was asked. */
  #agents: Promise<unknown> | undefined;
  /** The message whose handler runs. */
  #inHand: SignalMessage | undefined;
  #closed: TeraError | undefined;

  constructor(client: Client) {
    if (typeof client?.gateway !== "function") throw misuse("Signals are those of a client.", "Give what `connect` resolved with.");
    this.#client = client;
    this.#gateway = client.gateway();
    this.#off = [
      client.on("signal", (signal) => this.#heard(signal)),
      client.on("gap", ({ topic }) => this.#caches.forEach((cache) => cache.missed(topic))),
      client.on("resync", () => this.#caches.forEach((cache) => cache.missed())),
      client.on("state", (state) => state.name === "closed" && this.#end(state.error)),
    ];
  }

  /**
   * Emits an event to whoever listens; resolves when it is published.
   *
   * @throws {TeraError} `forbidden`, `invalid_argument`, `unsupported`, and as `client.request`
   */
  async emit(event: SignalEvent | DataChangeEvent): Promise<void> {
    if (!isEvent(event?.signalType)) throw misuse("Only a SignalEvent or a DataChangeEvent can be emitted.");
    await this.#publish(event);
  }

  /**
   * Calls the handler for each event of the class's type; for `SignalEvent`, of all types, and for a class of DataChangeEvents
   * without an `objectType`, of all objects. Resolves with a function that ends it.
   *
   * @throws {TeraError} as {@link emit}
   */
  async onEvent<T extends SignalEvent | DataChangeEvent>(Class: SignalClass<T>, handler: (event: T) => unknown): Promise<Listening> {
    this.#check(Class, handler, isEvent(Class?.signalType), "events");
    const run = async (event: Fields) => {
      try {
        await handler(instance<T>(Class, event));
      } catch (error) {
        report(error);
      }
    };
    return this.#listen(topicOf(Class), { wants: wanted(Class), run });
  }

  /**
   * Calls the handler for each message to this client of the class's type; for `SignalMessage`, of all types. Replies that
   * nobody waits for are messages too, of a class of replies. Every client of the same identity gets them. If the handler
   * throws, a message that wants a reply is answered: with what is thrown if that is an ErrorReply, else with one that has
   * the error's message. Resolves with a function that ends it.
   *
   * @example
   * await signals.onMessage(Offer, (offer, { reply }) => reply(new Accepted({ price: offer.price })));
   *
   * @throws {TeraError} as {@link emit}
   */
  async onMessage<T extends SignalMessage | Reply>(Class: SignalClass<T>, handler: (message: T, context: MessageContext) => unknown): Promise<Listening> {
    this.#check(Class, handler, !!Class?.signalType && !isEvent(Class.signalType), "messages");
    const run = async (fields: Fields) => {
      const message = instance<T & SignalMessage>(Class, fields);
      const reply: MessageContext["reply"] = (answer, options) => this.reply(answer, message, options);
      const outer = this.#inHand;
      this.#inHand = message;
      const running = (async () => handler(message, { reply }))();
      this.#inHand = outer;
      try {
        await running;
      } catch (error) {
        await this.#failed(message, error);
      }
    };
    return this.#listen(AGENTS_TOPIC, { wants: wanted(Class), run });
  }

  /**
   * Sends a message to a service, by its name, or to a client, by its address; resolves when it is published.
   *
   * @throws {TeraError} `unreachable` if nobody listens there; else as {@link emit}
   */
  async send(to: string, message: SignalMessage): Promise<void> {
    await this.#publish(this.#addressed(to, message));
  }

  /**
   * Answers a message: the one in hand, whose handler has been called and has not waited yet, unless another is given. Of the
   * message that it quotes, it leaves out what that was a reply to.
   *
   * @throws {TeraError} as {@link send}
   */
  async reply(answer: Reply | ErrorReply, message: SignalMessage | Reply | undefined = this.#inHand, options: ReplyOptions = {}): Promise<void> {
    const { address } = checkOptions(options);
    if (!isReply(answer?.signalType)) throw misuse("Only a Reply or an ErrorReply can answer a message.");
    if (!isObject(message)) throw misuse("No message is in hand.", "Give the message, or use the `reply` that its handler was given.");
    const { replyTo: _, ...quoted } = message as Partial<Reply>;
    this.#answered.add(message);
    try {
      await this.#publish({ ...answer, to: answer.to ?? message.from, replyTo: answer.replyTo ?? quoted }, address);
    } catch (error) {
      this.#answered.delete(message);
      throw error;
    }
  }

  /**
   * Sends a message and resolves with its reply.
   *
   * @example
   * const found = await signals.ask("GCalendar", new FindEvents({ day }), { reply: FoundEvents, timeout: 2000 });
   *
   * @throws {TeraError} `remote_error` if the answer is an ErrorReply, which is the error's `cause`: its `description` is the
   * message, its `help` the help; `timeout`, `aborted`, `closed`; else as {@link send}
   */
  async ask<R extends Reply = Reply>(to: string, message: SignalMessage, options: AskOptions<R> = {}): Promise<R> {
    const { timeout = PATIENCE, signal, reply = Reply as unknown as SignalClass<R> } = checkOptions(options);
    number("timeout", timeout);
    const asked = { returnAddress: AGENTS, ...this.#addressed(to, message) };
    if (this.#asked.has(asked.id)) throw misuse("This message was asked already.", "Make a new one.");
    if (signal?.aborted) throw aborted(signal);
    let settle!: Pick<Asked, "resolve" | "reject">;
    const answer = new Promise<R>((resolve, reject) => (settle = { resolve: resolve as Asked["resolve"], reject }));
    const late = () => settle.reject(new TeraError("timeout", `No reply came within ${timeout} ms.`));
    const timer = setTimeout(late, timeout);
    const abort = () => settle.reject(aborted(signal!));
    signal?.addEventListener("abort", abort);
    this.#asked.set(asked.id, { Class: reply, ...settle });
    try {
      await Promise.race([answer, this.#hear()]);
      await Promise.race([answer, this.#publish(asked, undefined, { timeout, signal })]);
      return await answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#asked.delete(asked.id);
    }
  }

  /**
   * Keeps a copy of all objects of a type, which follows their DataChangeEvents; resolves when they are loaded.
   *
   * @param type the `objectType`, or the class of the objects; of a class, what changes bring are instances
   * @example
   * const users = await signals.cache<User>("User", { key: (user) => user.id, load: () => getJson("/api/users") });
   * console.log(users.size, users.get(7));
   *
   * @throws {TeraError} as {@link emit}, and what `load` throws
   */
  async cache<T>(type: string | { new (...args: never[]): T; readonly type?: string }, options: CacheOptions<T>): Promise<Cache<T>> {
    if (typeof type !== "string" && typeof type !== "function") throw misuse("The type must be a class, or the `objectType` of one.");
    for (const name of ["key", "load"] as const) {
      if (typeof options?.[name] !== "function") throw misuse(`\`${name}\` must be a function.`);
    }
    const objectType = typeof type === "string" ? type : typeName(type);
    const topic = changesTopic(objectType);
    const cache: Cache<T> = new Cache<T>(options, {
      covers: (missed) => missed === topic || missed.includes("*"),
      // The gateway does one thing after the other: when this is done, so is what it was asked before.
      ready: () => this.#gateway.subscribe(topic).then(ignore, supported),
      warn: (description, cause) => this.#gateway.warn(new TeraError("unavailable", description, "It is tried again.", { cause })),
      closed: async () => {
        this.#caches.delete(cache);
        await listening?.();
      },
    });
    this.#caches.add(cache);
    let listening: Listening | undefined;
    const object = (value: T) => (typeof type === "string" || value instanceof type || !isObject(value) ? value : instance<T>(type, value));
    const run = (change: Fields) => cache.heard({ type: change.changeType as never, object: object(change.object as T) });
    const wants = (signal: Fields) => signal.signalType === "DATA_CHANGE_EVENT" && signal.objectType === objectType;
    try {
      listening = await this.#listen(topic, { wants, run });
      await cache.load();
    } catch (error) {
      await cache.close().catch(ignore);
      throw error;
    }
    return cache;
  }

  /** Ends all that was begun here: handlers, caches, questions. The client stays. */
  async close(): Promise<void> {
    const subscriptions = [...this.#subscriptions];
    this.#end(new TeraError("closed", "These signals were closed."));
    await Promise.allSettled(subscriptions.map((end) => end()));
  }

  #end(error: TeraError): void {
    this.#closed ??= error;
    for (const off of this.#off) off();
    this.#listeners.clear();
    for (const { reject } of this.#asked.values()) reject(error);
    for (const cache of this.#caches) cache.close().catch(ignore);
  }

  #heard(received: unknown): void {
    const wrong = problem(received, true);
    if (wrong) return this.#gateway.warn(new TeraError("invalid_message", `A signal can't be read: ${wrong}.`));
    const signal = received as Fields;
    const asked = isReply(signal.signalType) && this.#asked.get((signal.replyTo as Signal).id);
    if (asked) return this.#settle(asked, signal);
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener) && listener.wants(signal)) listener.run(signal);
    }
  }

  #settle({ Class, resolve, reject }: Asked, answer: Fields): void {
    if (answer.signalType === "REPLY") return resolve(instance(Class, answer));
    const cause = instance<ErrorReply>(ErrorReply as never, answer);
    reject(new TeraError("remote_error", cause.description, typeof cause.help === "string" ? cause.help : "", { cause }));
  }

  async #failed(message: SignalMessage, error: unknown): Promise<void> {
    if (!message.returnAddress || this.#answered.has(message)) return report(error);
    const { warn } = this.#gateway;
    const failure = (thrown: unknown) => new ErrorReply({ code: HANDLER_FAILED, description: toldReasonOf(thrown) });
    const answer = error instanceof ErrorReply ? error : failure(error);
    await this.reply(answer as ErrorReply, message).catch((refusal) => {
      warn(refusal);
      // Whoever asks shall not wait for what can't be sent.
      return this.reply(failure(refusal), message).catch(warn);
    });
  }

  async #listen(topic: string, listener: Listener): Promise<Listening> {
    this.#live();
    this.#listeners.add(listener);
    let release: Listening | undefined;
    try {
      release = await this.#client.subscribe(topic, () => {});
    } catch (error) {
      if (!isUnsupported(error)) {
        this.#listeners.delete(listener);
        throw error;
      }
    }
    const end = async () => {
      this.#listeners.delete(listener);
      if (this.#subscriptions.delete(end)) await release?.();
    };
    this.#subscriptions.add(end);
    if (this.#closed) {
      await end().catch(ignore);
      throw this.#closed;
    }
    return end;
  }

  /** Hears replies. If that fails, the next question tries again. */
  async #hear(): Promise<void> {
    const nothing = { wants: () => false, run: ignore };
    this.#agents ??= this.#listen(AGENTS_TOPIC, nothing);
    try {
      await this.#agents;
    } catch (error) {
      this.#agents = undefined;
      throw error;
    }
  }

  #addressed(to: string, message: SignalMessage): SignalMessage {
    if (message?.signalType !== "MESSAGE") throw misuse("Only a SignalMessage can be sent to somebody.");
    return { ...message, to };
  }

  async #publish(signal: object, address?: string, options?: RequestOptions): Promise<void> {
    this.#live();
    const wrong = problem(signal, false);
    if (wrong) throw misuse(`That is no signal: ${wrong}.`);
    let json: string;
    try {
      json = JSON.stringify(signal);
    } catch (cause) {
      throw new TeraError("invalid_argument", "The signal can't be written as JSON.", "", { cause });
    }
    await this.#client.call("gateway", "signal", address === undefined ? [json] : [json, address], options);
  }

  #check(Class: SignalClass<unknown>, handler: unknown, fits: boolean, what: string): void {
    if (!fits) throw misuse(`That is no class of ${what}.`);
    if (typeof handler !== "function") throw misuse(`The handler of ${typeName(Class)} must be a function.`);
  }

  #live(): void {
    if (this.#closed) throw this.#closed;
  }
}

function ignore(): void {}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Plain servers take no subscriptions: they send what they send. */
function isUnsupported(error: unknown): boolean {
  return (error as TeraError).code === "unsupported";
}

function supported(error: unknown): void {
  if (!isUnsupported(error)) throw error;
}
