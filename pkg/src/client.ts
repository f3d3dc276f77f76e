// The client that applications use. It holds promises and handlers; every decision is made in WebAssembly.

/// <reference lib="esnext.disposable" preserve="true" />

import { address, argument } from "./arguments.js";
import { Attempts, type Opener, type Provider } from "./attempts.js";
import { now } from "./clock.js";
import { Delivery } from "./delivery.js";
import { encode } from "./encoder.js";
import { TeraError, misuse, reasonOf } from "./errors.js";
import { Dispatcher, type EventIterator, type IteratorOptions, report } from "./events.js";
import type { AnyMessage, TeraModuleMessage } from "./generated/messages.js";
import { type WasmSource, loadRegistration, loadText, script, text } from "./load.js";
import { type Exports, Happening, type Host, Link, Operation } from "./module.js";
import { aborted, checkCount, checkOptions, number } from "./options.js";
import { LONGEST_TIMER, sleepDetector, watchPage } from "./page.js";
import type { Host as PatternsHost, Patterns } from "./patterns.js";
import type { Registrar } from "./registrar.js";
import { READERS, Registry } from "./registry.js";
import { type Payload, read, readTopic } from "./tape.js";
import type {
  CallArgument,
  EventMap,
  Job,
  MessageInit,
  Procedure,
  Received,
  RequestOptions,
  State,
  Stats,
  TypedEvent,
  Validate,
} from "./types.js";

interface Pending {
  resolve(value: unknown): void;
  reject(error: TeraError): void;
}

/** A connection. Made by `connect`. */
export class Client {
  readonly #events = new Dispatcher();
  readonly #pending = new Map<number, Pending>();
  readonly #registry = new Registry();
  #registrar: Promise<Registrar> | undefined;
  readonly #attempts: Attempts;
  readonly #validate: Validate | undefined;
  #link: Link | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #hasSlept = sleepDetector();
  readonly #unwatch = watchPage((what) => this.#link?.happened(now(), what));
  #state: State = { name: "connecting" };
  #patterns: Patterns | undefined;
  #loading: Promise<typeof import("./patterns.js")> | undefined;
  readonly #delivery = new Delivery();

  private constructor(url: Provider, open: Opener, validate?: Validate) {
    this.#attempts = new Attempts(url, open, () => this.#link, (link, data) => this.#receive(link, data), () => this.#release());
    this.#validate = validate;
  }

  /** @internal */
  static start(load: () => Promise<Exports>, url: Provider, numbers: number[], open: Opener, validate?: Validate): Client {
    const client = new Client(url, open, validate);
    void client.#attempts.dial();
    // Loading takes the page a while; the server, who was asked before, answers meanwhile.
    load().then(
      () => client.#start(numbers),
      (error: TeraError) => {
        client.close();
        client.#enter({ name: "closed", error });
      },
    );
    return client;
  }

  /** The module is there: from now on it decides. It hears what the first attempt has said so far. */
  #start(numbers: number[]): void {
    if (!this.#attempts.waits) return;
    const link = new Link(this.#host(), now(), Math.random() * 2 ** 53, numbers, this.#registry);
    link.timedOut(now());
    this.#link = link;
    this.#attempts.resume();
  }

  #timedOut(): void {
    // A socket that died while the machine slept says nothing of it.
    if (this.#hasSlept()) this.#link?.happened(now(), Happening.Wake);
    this.#link?.timedOut(now());
  }

  /** Where the connection stands. */
  get state(): State {
    return this.#state;
  }

  /**
   * Calls the handler for each event of this name; returns a function that ends it. Given twice, the same handler is called once. What
   * a handler throws, or its promise rejects with, is reported, and ends neither the connection nor the process.
   */
  on<K extends keyof EventMap>(name: K, handler: (event: EventMap[K]) => unknown): () => void {
    return this.#events.on(name, handler);
  }

  /** Calls the handler for the next event of this name only; returns a function that ends it, which {@link off} can't. */
  once<K extends keyof EventMap>(name: K, handler: (event: EventMap[K]) => unknown): () => void {
    return this.#events.once(name, handler);
  }

  /** Ends what `on` began. */
  off<K extends keyof EventMap>(name: K, handler: (event: EventMap[K]) => unknown): void {
    this.#events.off(name, handler);
  }

  /**
   * Iterates over the events of this name from now on.
   *
   * @example
   * for await (const event of client.events("UserEvent", { signal })) console.log(event.userFullname);
   */
  events<K extends keyof EventMap>(name: K, options?: IteratorOptions): EventIterator<EventMap[K]> {
    const iterator = this.#events.iterate<EventMap[K]>(name, options);
    if (this.#state.name === "closed") this.#events.end();
    return iterator;
  }

  /**
   * Sends a message to a module or a service and resolves with the answer.
   *
   * While the connection is lost, it waits; it is carried out once, whatever happens to the connection. Listen before you ask: an event
   * sent right after the answer may be heard before the code behind `await` runs.
   *
   * @example
   * const answer = await client.request("service.VideoRehabService", {
   *   $type: "JoinSessionReplyEvent", sessionUuid, joinReply: "REPLY_ACCEPTED",
   * });
   *
   * @throws {TeraError} `timeout`, `aborted`, `closed`, `uncertain` (the session was lost, and it may or may not have been
   * carried out), `unsupported`, `unreachable`, `forbidden`, `queue_full`, `invalid_argument` ...
   */
  request(dest: string, message: MessageInit | readonly MessageInit[], options: RequestOptions = {}): Promise<Received<TeraModuleMessage>> {
    return this.#begin(options, (link, timeout) => {
      const body = this.#body(message);
      return link.submit(now(), Operation.Request, address(dest), timeout, body);
    });
  }

  /**
   * Calls a procedure of a module or a service and resolves with its JSON value. Here too, listen before you ask.
   *
   * @example
   * const users = await client.call("module.TeraServer.UserManagerModule", "online_users");
   *
   * @throws {TeraError} `remote_error` if the procedure failed, else as {@link request}
   */
  call<T = unknown>(target: string, method: string, args: readonly CallArgument[] = [], options: RequestOptions = {}): Promise<T> {
    return this.#begin(options, (link, timeout) => {
      if (!Array.isArray(args)) throw misuse("The arguments must be an array.");
      const body = encode("RPCMessage", { method, args: args.map(argument) }, this.#registry);
      return link.submit(now(), Operation.Call, address(target), timeout, body);
    });
  }

  /**
   * Sends a message without waiting for an answer, when there is a connection. A refusal arrives as a `warning`. At a client it arrives
   * as a `TeraModuleMessage`, with the sender in `head.source` and the messages in `data`.
   *
   * @example
   * client.send("websocket.user.<uuid>", { $type: "JoinSessionReplyEvent", replyMsg: "hello" });
   * client.on("TeraModuleMessage", ({ head, data }) => console.log(head?.source, data[0])); // there
   *
   * @throws {TeraError} `closed`, `unsupported`, `queue_full`, `invalid_argument`
   */
  send(dest: string, message: MessageInit | readonly MessageInit[]): void {
    const body = this.#body(message);
    this.#live().submit(now(), Operation.Send, address(dest), 0, body);
  }

  /**
   * Sends a message likewise, and resolves when it has reached the module or service, or each of the clients that are named,
   * separated by commas. Nobody has to answer. It arrives as what {@link send} sends does.
   *
   * @example
   * await client.notify("websocket.user.<uuid>", { $type: "JoinSessionReplyEvent", replyMsg: "hello" });
   * client.on("TeraModuleMessage", ({ head, data }) => console.log(head?.source, data[0])); // there
   *
   * @throws {TeraError} `unreachable` if nobody listens at one of the addresses, else as {@link request}
   */
  async notify(dest: string, message: MessageInit | readonly MessageInit[], options: RequestOptions = {}): Promise<void> {
    await this.call("gateway", "notify", [address(dest), this.#body(message).slice()], options);
  }

  /**
   * Calls the handler for each event published on a topic, or on the topics that a pattern covers: `*` stands for one
   * segment, `**` at the end for one and more. Lasts across connections and sessions, until the function is called that this
   * resolves with. Without a handler, iterates.
   *
   * @example
   * const unsubscribe = await client.subscribe("room.*", (event, topic) => console.log(topic, event.$type));
   * for await (const event of client.subscribe("room.7")) console.log(event.$type);
   *
   * @throws {TeraError} `forbidden` if the gateway's configuration grants less, else as {@link request}
   */
  subscribe(pattern: string, handler: (event: TypedEvent, topic: string) => unknown): Promise<() => Promise<void>>;
  subscribe(pattern: string, options?: IteratorOptions): EventIterator<TypedEvent>;
  subscribe(pattern: string, how?: ((event: TypedEvent, topic: string) => unknown) | IteratorOptions): unknown {
    return typeof how === "function" ? this.#use((patterns) => patterns.subscribe(pattern, how)) : this.#iterate<TypedEvent>(how, (patterns, next) => patterns.subscribe(pattern, next));
  }

  /**
   * Publishes a message as an event of a topic; resolves when the gateway has.
   *
   * @throws {TeraError} as {@link subscribe}
   */
  async publish(topic: string, message: MessageInit, options: RequestOptions = {}): Promise<void> {
    await this.#begin(options, (link, timeout) => {
      const body = this.#checked(encode("", message, this.#registry), [message]);
      return link.submit(now(), Operation.Publish, address(topic), timeout, body);
    });
  }

  /**
   * Reads a variable: JSON, or text if a service wrote what is none; undefined if it is not set.
   *
   * @throws {TeraError} as {@link subscribe}
   */
  get<T = unknown>(name: string, options?: RequestOptions): Promise<T | undefined> {
    return this.#use((patterns) => patterns.get(name, options)) as Promise<T | undefined>;
  }

  /**
   * Writes a variable as JSON; undefined and null clear it. The first who writes a variable is its only writer.
   *
   * @param options `expires`: the value is cleared after so many milliseconds, a whole number of 2,147,483,647 at most, which is 24 days
   * @throws {TeraError} `forbidden`, also if the variable has another writer; else as {@link request}
   */
  set(name: string, value: unknown, options: RequestOptions & { expires?: number | undefined } = {}): Promise<void> {
    return this.#use((patterns) => patterns.set(name, value, number("expires", checkOptions(options).expires) ?? 0, options));
  }

  /**
   * Iterates over a variable's values: the one it has, and then each newer one. Values in between may be skipped.
   *
   * @throws {TeraError} as {@link subscribe}, when the first value is asked for
   */
  watch<T = unknown>(name: string, options?: IteratorOptions): EventIterator<T | undefined> {
    return this.#iterate(options, (patterns, next) => patterns.watch(name, next));
  }

  /**
   * Puts an item, written as JSON, into a queue, and resolves with its id when it is there.
   *
   * @throws {TeraError} `queue_full`, else as {@link subscribe}
   */
  produce(queue: string, item: unknown, options?: RequestOptions): Promise<string> {
    return this.#use((patterns) => patterns.produce(queue, item, options));
  }

  /**
   * Takes items out of a queue, each given to one consumer until it says `ack`. What a consumer had that is gone, or away for too long,
   * is given again; after some attempts it goes to the queue `<name>.dead`. Ending the iteration, also by the signal, gives back what is
   * not acknowledged: an item that is still being worked on will be given to somebody else too. `ack` and `nack` reject if another
   * consumer has got the item meanwhile, which need not end the loop.
   *
   * @param options `prefetch`: so many items at most are given and not yet acknowledged; 1
   * @example
   * for await (const job of client.consume("renders", { prefetch: 4 })) {
   *   await render(job.item).then(job.ack, job.nack).catch(console.warn);
   * }
   *
   * @throws {TeraError} as {@link subscribe}, when the first item is asked for
   */
  consume<T = unknown>(queue: string, options: { prefetch?: number | undefined; signal?: AbortSignal | undefined } = {}): EventIterator<Job<T>> {
    const { prefetch = 1 } = checkOptions(options);
    checkCount("prefetch", prefetch);
    // Jobs may wait here that other consumers have got meanwhile.
    return this.#iterate({ ...options, limit: prefetch * 2 }, (patterns, next) => patterns.consume(queue, prefetch, next));
  }

  /**
   * Serves a procedure, until the function is called that this resolves with: clients and services call it at this client's
   * address. It isn't told who calls, and its caller learns only the error's message. Where that matters use `onMessage` of
   * `tera-client/signals`, which has `from` and `ErrorReply`.
   *
   * @example
   * await client.serve("add", (a, b) => a + b);
   * // elsewhere: await client.call("websocket.user.<uuid>", "add", [1, 2])
   *
   * @throws {TeraError} `forbidden`, `invalid_argument` if it is served already, else as {@link request}
   */
  serve(name: string, procedure: Procedure): Promise<() => Promise<void>> {
    return this.#use((patterns) => patterns.serve(name, procedure));
  }

  /**
   * Makes messages of your own arrive typed and lets them be sent. They are named by their full names, in `$type` and in
   * {@link on}; `npx tera-client types` writes their TypeScript types. Registering again what is registered is harmless.
   *
   * @param fileDescriptorSet the bytes that `protoc --include_imports --descriptor_set_out=FILE` or `buf build -o FILE`
   * writes
   * @param registrar where the WebAssembly module comes from that reads them, if not from beside the script. It is loaded
   * once
   *
   * @example
   * await client.register(new Uint8Array(await (await fetch("acme.binpb")).arrayBuffer()));
   * client.on("acme.Measured", (event) => console.log(event.value));
   *
   * @throws {TeraError} `invalid_argument`, naming the place, if the bytes are no such set or contradict what is known;
   * nothing is registered then. `closed`, `not_loaded`
   */
  async register(fileDescriptorSet: Uint8Array, registrar?: WasmSource): Promise<void> {
    this.#live();
    const [{ start, register }, text] = await Promise.all([loadRegistration(registrar), loadText()]);
    const ready = await (this.#registrar ??= start());
    const link = this.#live();
    text.readersOf(this.#registry);
    register(ready, fileDescriptorSet, link, this.#registry, { ...READERS, ...text.READERS }, misuse);
  }

  /**
   * What the client has counted.
   *
   * @throws {TeraError} once it is closed, what it was closed with
   */
  stats(): Stats {
    return this.#live().stats();
  }

  /** Bytes of messages that wait to be sent or acknowledged; 0 once it is closed. */
  get bufferedAmount(): number {
    return this.#link?.stats().bufferedAmount ?? 0;
  }

  /**
   * Takes nothing more to send, and closes when all that was given is sent and answered, at the latest after `timeout`
   * milliseconds, from 1 to 2,147,483,647: 10,000 unless given. Resolves when it is closed.
   *
   * @throws {TeraError} `invalid_argument`
   */
  async drain(options: { timeout?: number | undefined } = {}): Promise<void> {
    const { timeout = 10_000 } = checkOptions(options);
    const limit = number("timeout", timeout)!;
    if (!this.#link) return this.close();
    const closed = new Promise<void>((resolve) => this.on("state", ({ name }) => name === "closed" && resolve()));
    this.#link.drain(now(), now() + limit);
    if (this.#state.name !== "closed") await closed;
  }

  /** Closes for good. What is under way ends with `closed`; iterations end. Closing twice is harmless. */
  close(): void {
    if (this.#link) return this.#link.close(now());
    this.#attempts.hangup(1000);
    this.#unwatch();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The link, if there still is one: a client that is closed has none, once its socket is. */
  #live(): Link {
    if (this.#link) return this.#link;
    throw this.#state.name === "closed" ? this.#state.error : new TeraError("closed", "The client was closed.");
  }

  /** Forgets the link of a closed client when nothing can need it any more. */
  #release(): void {
    const link = this.#link;
    if (!link || this.#state.name !== "closed" || this.#attempts.isOpen) return;
    this.#link = undefined;
    this.#unwatch();
    clearTimeout(this.#timer);
    // WebAssembly may still be at work below this call.
    queueMicrotask(() => link.free());
  }

  async #begin<T>(options: RequestOptions, start: (link: Link, timeout: number) => number): Promise<T> {
    checkOptions(options);
    const { timeout, signal } = options;
    if (signal?.aborted) throw aborted(signal);
    const id = start(this.#live(), number("timeout", timeout) ?? 0);
    const abort = () => this.#link?.cancel(now(), id);
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<T>((resolve, reject) => {
        // The signal knows why.
        const fail = (error: TeraError) => reject(signal?.aborted ? aborted(signal) : error);
        this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject: fail });
        // A handler of what it gave rise to may have ended it already.
        if (signal?.aborted) abort();
        if (this.#state.name === "closed") this.#settle(id, () => fail((this.#state as Extract<State, { name: "closed" }>).error));
      });
    } catch (error) {
      // It was made in a turn of the socket's; here the engine knows who waits.
      Error.captureStackTrace?.(error as TeraError);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Runs with the patterns, in the order in which this was asked for, though they may have to be loaded. */
  async #use<T>(run: (patterns: Patterns) => Promise<T>): Promise<T> {
    this.#loading ??= script("patterns.js", import("./patterns.js")).catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    const { Patterns } = await this.#loading;
    return run((this.#patterns ??= new Patterns(this.gateway())));
  }

  #iterate<T>(options: IteratorOptions | undefined, begin: (patterns: Patterns, next: (item: T) => void) => Promise<() => unknown>): EventIterator<T> {
    const name = {};
    return this.#events.iterate<T>(name, options, () => this.#use((patterns) => begin(patterns, (item) => this.#events.emit(name, item))));
  }

  /** @internal What scripts of the package beside this one need of it: the patterns, and `tera-client/signals`. */
  gateway(): PatternsHost {
    const submit = (operation: Operation, pattern: string) => this.#begin({}, (link, timeout) => link.submit(now(), operation, pattern, timeout, NOTHING));
    return {
      command: (method, args, options) => this.call("gateway", method, args, options),
      subscribe: (pattern) => submit(Operation.Subscribe, pattern),
      unsubscribe: (pattern) => submit(Operation.Unsubscribe, pattern),
      warn: (error) => this.#warn(error),
      signal: (signal) => this.#events.emit("signal", signal),
      report,
    };
  }

  /** What is sent to a module or a service. Only what can be encoded is checked further. */
  #body(message: MessageInit | readonly MessageInit[]): Uint8Array {
    // A list of none is refused as what is no message.
    const data = (Array.isArray(message) && message.length ? message : [message]) as readonly MessageInit[];
    return this.#checked(encode("TeraModuleMessage", { data }, this.#registry), data);
  }

  /** The encoded messages, if nothing is wrong with them. */
  #checked(body: Uint8Array, messages: readonly MessageInit[]): Uint8Array {
    if (!this.#validate) return body;
    // What checks may send something itself, which is encoded in the same place.
    body = body.slice();
    for (const message of messages) {
      const reason = this.#wrong(message);
      if (reason) throw misuse(reason);
    }
    return body;
  }

  /** What is wrong with a message, if whoever connected has that checked. */
  #wrong(message: AnyMessage | MessageInit): string | undefined {
    try {
      return this.#validate?.(message, this.#registry);
    } catch (error) {
      return `The validate function failed: ${reasonOf(error)}`;
    }
  }

  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    settle(pending);
  }

  #receive(link: Link, data: Uint8Array | string): void {
    if (typeof data !== "string") {
      const places = link.received(now(), data);
      if (!places) return;
      const topic = this.#patterns?.listens ? readTopic(places, link.memory) : "";
      const payload = read(places, link.memory, this.#registry);
      this.#delivery.tell(() => this.#deliver(payload, topic));
    } else if (text) {
      const payload = text.receive(link, now(), data, this.#registry);
      if (payload) this.#delivery.tell(() => this.#deliver(payload));
    } else void this.#attempts.wait(data);
  }

  /** What WebAssembly calls. Nothing here throws: an exception must not cross a Rust frame. */
  #host(): Host {
    return {
      // The first attempt has started by itself.
      dial: () => this.#link && void this.#attempts.dial(),
      transmit: (frame) => this.#attempts.transmit(frame),
      hangup: (code) => {
        this.#attempts.hangup(code);
        this.#release();
      },
      wakeAt: (at) => {
        clearTimeout(this.#timer);
        this.#timer = at >= 0 ? setTimeout(() => this.#timedOut(), Math.min(at - now() + 1, LONGEST_TIMER)) : undefined;
      },
      connecting: () => this.#enter({ name: "connecting" }),
      connected: (address, resumed) => this.#enter({ name: "connected", mode: address === undefined ? "plain" : "link", address, resumed } as State),
      disconnected: (error, retryAt) => this.#enter({ name: "disconnected", error, retryIn: Math.max(0, retryAt - now()) }),
      closed: (error) => {
        this.#enter({ name: "closed", error });
        this.#delivery.tell(() => this.#events.end());
        this.#release();
      },
      gap: (gap) => this.#delivery.tell(() => this.#events.emit("gap", gap)),
      resync: () => {
        this.#patterns?.renew();
        this.#delivery.tell(() => this.#events.emit("resync", undefined));
      },
      warning: (error) => this.#delivery.tell(() => this.#warn(error)),
      answered: (id, places) => {
        const payload = read(places, this.#link!.memory, this.#registry);
        const [answer] = payload.messages;
        const reason = payload.invalid[0] ?? this.#wrong(answer);
        this.#settle(id, ({ resolve, reject }) => (reason ? reject(new TeraError("invalid_message", reason)) : resolve(answer)));
      },
      returned: (id, json) =>
        this.#settle(id, ({ resolve, reject }) => {
          try {
            resolve(JSON.parse(json));
          } catch (cause) {
            reject(new TeraError("invalid_message", "The procedure's reply is no JSON.", "", { cause }));
          }
        }),
      failed: (id, error) => this.#settle(id, ({ reject }) => reject(error)),
    };
  }

  #enter(state: State): void {
    this.#state = state;
    this.#delivery.enter(() => this.#events.emit("state", state), state.name === "connected");
  }

  /** `topic` is that of a binary message; empty if no subscription brought it, or nobody asks. */
  #deliver({ messages, invalid, isEvent, signal }: Payload, topic?: string): void {
    if (signal) this.#events.emit("signal", signal);
    for (const message of messages) {
      // A handler of what came before has closed it.
      if (this.#state.name === "closed" && this.#state.error.code === "closed") return;
      if (topic !== undefined && !isEvent && message.$type === "RPCMessage") {
        this.#patterns?.invoked(message);
        continue;
      }
      const reason = this.#wrong(message);
      if (reason) {
        invalid.push(reason);
        continue;
      }
      if (topic) this.#patterns?.heard(message as TypedEvent, topic);
      this.#events.emit(message.$type, message);
      this.#events.emit("event", message);
    }
    for (const reason of invalid) this.#warn(new TeraError("invalid_message", reason));
  }

  #warn(error: TeraError): void {
    if (!this.#events.emit("warning", error)) console.warn(error);
  }
}

const NOTHING = new Uint8Array();
