// What the gateway offers beside messages: topics, variables, queues, and procedures that this client serves. It is asked
// by calls of `gateway`, and calls back.

import { TeraError, misuse } from "./errors.js";
import { Dispatcher, type EventIterator, type IteratorOptions, report } from "./events.js";
import type { RPCMessage, Value } from "./generated/messages.js";
import { number } from "./options.js";
import type { CallArgument, Job, Procedure, TypedEvent } from "./types.js";

/** How the gateway is asked, and what comes of it. */
export interface Gateway {
  TeraError: typeof TeraError;
  command(method: string, args: CallArgument[]): Promise<unknown>;
  subscribe(pattern: string): Promise<unknown>;
  unsubscribe(pattern: string): Promise<unknown>;
  warn(error: TeraError): void;
  signal(signal: unknown): void;
}

/** Something that the gateway does until it is told not to. */
interface Kept {
  users: number;
  begin(): Promise<unknown>;
  ready: Promise<unknown>;
}

type Listener = (event: TypedEvent, topic: string) => void;

/** The patterns of one client. */
export class Patterns {
  readonly #gateway: Gateway;
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<{ topics: RegExp; handler: Listener }>();
  readonly #incoming = new Dispatcher();
  readonly #procedures = new Map<string, Procedure>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Whether anybody wants to know the topics of events. */
  get listens(): boolean {
    return this.#listeners.size > 0;
  }

  async subscribe(pattern: string, handler: Listener): Promise<() => Promise<void>> {
    const listener = { topics: expression(pattern), handler };
    this.#listeners.add(listener);
    const { subscribe, unsubscribe } = this.#gateway;
    // The link renews its subscriptions itself.
    return this.#keep(` ${pattern}`, () => subscribe(pattern), () => unsubscribe(pattern), () => this.#listeners.delete(listener));
  }

  iterate(pattern: string, options: IteratorOptions | undefined): EventIterator<TypedEvent> {
    const name = {};
    return this.#incoming.iterate(name, options, this.subscribe(pattern, (event) => this.#incoming.emit(name, event)));
  }

  /** Hands an event on to those who have subscribed to its topic. */
  heard(event: TypedEvent, topic: string): void {
    for (const listener of [...this.#listeners]) {
      if (!listener.topics.test(topic)) continue;
      try {
        if (this.#listeners.has(listener)) listener.handler(event, topic);
      } catch (error) {
        report(error);
      }
    }
  }

  async get(name: string): Promise<unknown> {
    return (await this.#gateway.command("get", [text(name)])) ?? undefined;
  }

  async set(name: string, value: unknown, expires: number | undefined): Promise<void> {
    await this.#gateway.command("set", [text(name), json(value ?? null), number("expires", expires) ?? 0]);
  }

  watch<T>(name: string, options: IteratorOptions | undefined): EventIterator<T | undefined> {
    return this.#incoming.iterate(`variable ${name}`, options, this.#keepCommand("watch", "unwatch", [text(name)]));
  }

  async produce(queue: string, item: unknown): Promise<string> {
    return (await this.#gateway.command("produce", [text(queue), json(item)])) as string;
  }

  consume<T>(queue: string, prefetch: number, signal: AbortSignal | undefined): EventIterator<Job<T>> {
    if (!Number.isInteger(prefetch) || prefetch < 1) throw misuse(`\`prefetch\` must be a whole number above 0, got ${prefetch}.`);
    if (this.#kept.has(`consume ${queue}`)) throw misuse(`The queue \`${queue}\` is consumed already.`, "End that iteration first.");
    const source = this.#keepCommand("consume", "stop", [text(queue), prefetch]);
    return this.#incoming.iterate(`job ${queue}`, { limit: prefetch * 2, ...(signal && { signal }) }, source);
  }

  async serve(name: string, procedure: Procedure): Promise<() => Promise<void>> {
    if (typeof procedure !== "function") throw misuse("The procedure must be a function.");
    if (this.#procedures.has(text(name))) throw misuse(`\`${name}\` is served already.`);
    this.#procedures.set(name, procedure);
    return this.#keepCommand("serve", "withdraw", [name], () => this.#procedures.delete(name));
  }

  /** Takes what the gateway calls this client for. */
  invoked({ replyTo, id, method, args }: RPCMessage): void {
    const [first, second, third, fourth] = args.map(plain) as string[];
    if (replyTo === "call") void this.#run(Number(id), method, args.map(plain));
    else if (replyTo === "signal") this.#gateway.signal(value(first!));
    else if (replyTo === "variable") this.#incoming.emit(`variable ${first}`, second === undefined ? undefined : value(second));
    else if (replyTo === "job") this.#incoming.emit(`job ${first}`, this.#job(first!, second!, Number(third), fourth!));
  }

  /** The gateway has forgotten the session: what it did for this client, it shall do again. */
  renew(): void {
    for (const [key, { begin }] of this.#kept) {
      if (!key.startsWith(" ")) begin().catch((error: TeraError) => this.#gateway.warn(error));
    }
  }

  end(): void {
    this.#incoming.end();
  }

  #job(queue: string, id: string, attempt: number, item: string): Job<unknown> {
    const settle = (how: string) => async () => void (await this.#gateway.command(how, [queue, id]));
    return { queue, id, attempt, item: value(item), ack: settle("ack"), nack: settle("nack") };
  }

  async #run(id: number, name: string, args: unknown[]): Promise<void> {
    let answer: [string, string];
    try {
      const procedure = this.#procedures.get(name);
      if (!procedure) throw new Error(`\`${name}\` is not served`);
      answer = ["return", json((await procedure(...args)) ?? null)];
    } catch (error) {
      answer = ["fail", error instanceof Error ? error.message : String(error)];
    }
    await this.#gateway.command(answer[0], [id, answer[1]]).catch((error: TeraError) => this.#gateway.warn(error));
  }

  #keepCommand(begin: string, end: string, args: CallArgument[], released?: () => void): Promise<() => Promise<void>> {
    const ask = (method: string, args: CallArgument[]) => () => this.#gateway.command(method, args);
    return this.#keep(`${begin} ${args[0]}`, ask(begin, args), ask(end, args.slice(0, 1)), released);
  }

  /** Has the gateway do something once, however many want it, until nobody does. */
  async #keep(key: string, begin: () => Promise<unknown>, end: () => Promise<unknown>, released?: () => void): Promise<() => Promise<void>> {
    let kept = this.#kept.get(key);
    if (!kept) this.#kept.set(key, (kept = { users: 0, begin, ready: begin() }));
    kept.users++;
    let isReleased = false;
    const release = (): boolean => {
      if (isReleased) return false;
      isReleased = true;
      released?.();
      const isLast = !--kept.users;
      if (isLast && this.#kept.get(key) === kept) this.#kept.delete(key);
      return isLast;
    };
    try {
      await kept.ready;
    } catch (error) {
      release();
      throw error;
    }
    return async () => void (release() && (await end()));
  }
}

/** A pattern as a regular expression: `*` is one segment, `**` one and more. */
function expression(pattern: string): RegExp {
  const segments = text(pattern).split(".");
  return new RegExp(`^${segments.map((each) => (each === "**" ? ".+" : each === "*" ? "[^.]+" : each.replace(/\W/g, "\\$&"))).join("\\.")}$`);
}

function text(name: string): string {
  if (typeof name !== "string" || !name) throw misuse("A topic, a variable, a queue and a procedure are named by a string.");
  return name;
}

function json(item: unknown): string {
  let text;
  try {
    text = JSON.stringify(item);
  } catch (cause) {
    throw new TeraError("invalid_argument", "The value can't be written as JSON.", "", { cause });
  }
  if (text === undefined) throw misuse("The value can't be written as JSON.");
  return text;
}

/** What the JSON says; text that is none is itself, as services of OpenTera may write it. */
function value(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An argument as JavaScript has it: whole numbers are numbers where they can be. */
function plain({ $type, ...value }: Value): unknown {
  const argument = Object.values(value).find((each) => each !== undefined);
  return typeof argument === "bigint" && Number.isSafeInteger(Number(argument)) ? Number(argument) : argument;
}
