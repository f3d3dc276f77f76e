// What the gateway offers beside messages: topics, variables, queues, and procedures that a client serves. It is asked by
// calls of `gateway`, and calls back. A script of its own, loaded when it is first used, so it imports hardly anything but types.

import { AGAIN, LATER, OVER, UNSURE, UNTOLD } from "./codes.js";
import { TeraError, misuse, reasonOf, toldReasonOf } from "./errors.js";
import type { RPCMessage, Value } from "./generated/messages.js";
import { Jobs } from "./jobs.js";
import type { CallArgument, Job, Procedure, RequestOptions, TypedEvent } from "./types.js";

/** What the patterns, and signals, need of their client. */
export interface Host {
  command(method: string, args: readonly CallArgument[], options?: RequestOptions): Promise<unknown>;
  subscribe(pattern: string): Promise<unknown>;
  unsubscribe(pattern: string): Promise<unknown>;
  warn(error: TeraError): void;
  /** Hands on a signal. */
  signal(signal: unknown): void;
  /** Reports an exception of a handler. */
  report(error: unknown): void;
}

/** So much is renewed at once: the application's requests need places too. */
const RENEWED_AT_ONCE = 64;

/** Ends something, once. */
type End = () => Promise<void>;

/** Something that the gateway does until it is told not to. */
interface Lasting {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
  /** Whether the link has it done again in a new session; what it doesn't, {@link Patterns.renew} does. */
  isRenewedByLink: boolean;
}

/** What is done now, however many want it. */
interface Kept extends Lasting {
  users: number;
  /** Settles when it has begun, while that is under way. */
  ready?: Promise<unknown> | undefined;
  /** Whether the gateway did it for any of the users. */
  hasBegun: boolean;
}

type Listener = (event: TypedEvent, topic: string) => unknown;

/** The patterns of one client. */
export class Patterns {
  readonly #host: Host;
  readonly #kept = new Map<string, Kept>();
  /** What is being ended. */
  readonly #ending = new Map<string, Promise<unknown>>();
  /** What could not be ended in this session, so that it may go on for nobody, with the timer of the next attempt. */
  readonly #unended = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<{ topics: RegExp; handler: Listener }>();
  /** Who waits for what the gateway says unasked, by what it is about. */
  readonly #waiting = new Map<string, Set<(value: never) => void>>();
  /** What variables that are watched were told to be: the gateway tells only the first who watches. */
  readonly #known = new Map<string, { value: unknown }>();
  readonly #procedures = new Map<string, Procedure>();
  /** Another object in each session. */
  #session = {};

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether anybody wants to know the topics of events. */
  get listens(): boolean {
    return this.#listeners.size > 0;
  }

  async subscribe(pattern: string, handler: Listener): Promise<End> {
    const { subscribe, unsubscribe } = this.#host;
    const listener = { topics: this.#expression(pattern), handler };
    this.#listeners.add(listener);
    const lasting = { begin: () => subscribe(pattern), end: () => unsubscribe(pattern), isRenewedByLink: true };
    return this.#keep(`subscribe ${pattern}`, lasting, () => this.#listeners.delete(listener));
  }

  /** Hands an event on to those who have subscribed to its topic. */
  heard(event: TypedEvent, topic: string): void {
    for (const listener of [...this.#listeners]) {
      if (!listener.topics.test(topic)) continue;
      try {
        if (this.#listeners.has(listener)) (listener.handler(event, topic) as Promise<unknown> | undefined)?.catch?.(this.#host.report);
      } catch (error) {
        this.#host.report(error);
      }
    }
  }

  async get(name: string, options?: RequestOptions): Promise<unknown> {
    return (await this.#host.command("get", [this.#name(name)], options)) ?? undefined;
  }

  async set(name: string, value: unknown, expires: number, options: RequestOptions): Promise<void> {
    await this.#host.command("set", [this.#name(name), this.#json(value ?? null), expires], options);
  }

  async watch(name: string, handler: (value: any) => void): Promise<End> {
    const about = `variable ${this.#name(name)}`;
    this.#wait(about, handler);
    const known = this.#known.get(name);
    if (known) handler(known.value);
    return this.#keepCommand("watch", "unwatch", [name], () => {
      this.#leave(about, handler);
      if (!this.#waiting.has(about)) this.#known.delete(name);
    });
  }

  async produce(queue: string, item: unknown, options?: RequestOptions): Promise<string> {
    return (await this.#host.command("produce", [this.#name(queue), this.#json(item)], options)) as string;
  }

  async consume(queue: string, prefetch: number, handler: (job: Job<any>) => void): Promise<End> {
    const key = `consume ${this.#name(queue)}`;
    // Of several who wait, the first begins in the turn in which it is free.
    while (this.#kept.has(key) || this.#ending.has(key)) await this.#othersEnd(key, queue);
    const { command } = this.#host;
    const jobs = new Jobs({ command, session: () => this.#session }, queue, prefetch, (job, json) => handler({ ...job, item: value(json) }));
    const [about, give] = [`job ${queue}`, (args: string[]) => jobs.give(args)];
    const begin = () => {
      // What comes before is still given to an iteration that has ended.
      this.#wait(about, give);
      return command("consume", [queue, prefetch]);
    };
    return this.#keep(key, { begin, end: () => command("stop", [queue]), isRenewedByLink: false }, () => {
      this.#leave(about, give);
      jobs.end();
    });
  }

  /** Waits for an iteration over a queue that has ended, but may still be on its way in, or out. */
  async #othersEnd(key: string, queue: string): Promise<void> {
    const consumed = this.#kept.get(key);
    // It lets go once its beginning was answered.
    if (consumed) {
      await consumed.ready?.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve));
      if (this.#kept.get(key) === consumed) throw misuse(`The queue \`${queue}\` is consumed already.`, "End that iteration first.");
    }
    // What was given to it comes ahead of the answer to its end.
    await this.#ending.get(key)?.catch(() => {});
  }

  async serve(name: string, procedure: Procedure): Promise<End> {
    if (typeof procedure !== "function") throw misuse("The procedure must be a function.");
    if (this.#procedures.has(this.#name(name))) throw misuse(`\`${name}\` is served already.`);
    this.#procedures.set(name, procedure);
    return this.#keepCommand("serve", "withdraw", [name], () => this.#procedures.delete(name));
  }

  /** Takes what the gateway calls this client for. */
  invoked({ replyTo, id, method, args }: RPCMessage): void {
    const given = args.map(plain);
    const [first, second] = given as string[];
    if (replyTo === "call") void this.#run(Number(id), method, given);
    else if (replyTo === "signal") this.#host.signal(value(first!));
    else if (replyTo === "variable") {
      const known = { value: second === undefined ? undefined : value(second) };
      if (this.#waiting.has(`variable ${first}`)) this.#known.set(first!, known);
      this.#say(`variable ${first}`, known.value);
    } else if (replyTo === "job") this.#say(`job ${first}`, given);
  }

  /** The gateway has forgotten the session: what it did for this client, it shall do again. */
  renew(): void {
    const session = (this.#session = {});
    for (const key of this.#unended.keys()) this.#ended(key);
    // What is beginning is asked for already. One iterator: each of these takes from it what comes next, until nothing is left.
    const rest = [...this.#kept].filter(([, { isRenewedByLink, hasBegun }]) => !isRenewedByLink && hasBegun).values();
    const renewRest = async () => {
      for (const [key, kept] of rest) await this.#renew(key, kept, session);
    };
    for (let each = 0; each < RENEWED_AT_ONCE; each++) void renewRest();
  }

  /** Has the gateway do something again. Who waits for it is told nothing, so what can't be begun now is begun later. */
  async #renew(key: string, kept: Kept, session: object, isFirst = true): Promise<void> {
    if (this.#kept.get(key) !== kept || this.#session !== session) return;
    try {
      await kept.begin();
    } catch (error) {
      const { code, message } = error as TeraError;
      // In a later session it was begun again; and it may have ended.
      if (OVER.test(code) || this.#session !== session || this.#kept.get(key) !== kept) return;
      const isLater = LATER.test(code);
      if (isLater) setTimeout(() => this.#renew(key, kept, session, false), AGAIN);
      // It is told once that it is tried again, and whenever it is not.
      if (isLater && !isFirst) return;
      const description = `What the last session had can't be renewed${isLater ? " yet" : ""}: \`${key}\`: ${message}`;
      this.#host.warn(new TeraError(code, description, "", { cause: error }));
    }
  }

  #wait(about: string, handler: (value: never) => void): void {
    this.#waiting.set(about, (this.#waiting.get(about) ?? new Set()).add(handler));
  }

  #leave(about: string, handler: (value: never) => void): void {
    const waiting = this.#waiting.get(about);
    waiting?.delete(handler);
    if (!waiting?.size) this.#waiting.delete(about);
  }

  #say(about: string, what: unknown): void {
    for (const handler of [...(this.#waiting.get(about) ?? [])]) handler(what as never);
  }

  async #run(id: number, name: string, args: unknown[]): Promise<void> {
    const { command, warn } = this.#host;
    const session = this.#session;
    const fail = (error: unknown) => command("fail", [id, toldReasonOf(error)]).catch(warn);
    // Whoever called was told when the session was lost.
    const isHeard = () => this.#session === session;
    let result: string;
    try {
      const procedure = this.#procedures.get(name);
      if (!procedure) throw new Error(`\`${name}\` is not served`);
      result = this.#json((await procedure(...args)) ?? null);
    } catch (error) {
      return void (isHeard() && fail(error));
    }
    if (!isHeard()) return;
    command("return", [id, result]).catch((error: TeraError) => {
      warn(error);
      // Whoever calls shall not wait for what can't be sent.
      if (error.code === "too_large") void fail(error);
    });
  }

  #keepCommand(begin: string, end: string, args: readonly CallArgument[], released: () => void): Promise<End> {
    const ask = (method: string, args: readonly CallArgument[]) => () => this.#host.command(method, args);
    return this.#keep(`${begin} ${args[0]}`, { begin: ask(begin, args), end: ask(end, args.slice(0, 1)), isRenewedByLink: false }, released);
  }

  /** Has the gateway do something once, however many want it, until nobody does. */
  async #keep(key: string, lasting: Lasting, released: () => void): Promise<End> {
    const { end } = lasting;
    const kept: Kept = this.#kept.get(key) ?? { ...lasting, users: 0, hasBegun: false };
    this.#kept.set(key, kept);
    kept.users++;
    let isReleased = false;
    const release = (): boolean => {
      if (isReleased) return false;
      isReleased = true;
      released();
      const isLast = !--kept.users;
      if (isLast && this.#kept.get(key) === kept) this.#kept.delete(key);
      return isLast;
    };
    try {
      // Whoever comes later asks again: in another session the gateway may have refused to go on with it.
      await (kept.ready ??= this.#begin(key, lasting).finally(() => (kept.ready = undefined)));
      kept.hasBegun = true;
    } catch (error) {
      // It may have begun, be it for somebody who wants it no more, or go on from before.
      if (release() && (kept.hasBegun || this.#unended.has(key) || UNSURE.test((error as TeraError).code))) this.#end(key, end).catch(() => {});
      throw error;
    }
    return async () => void (release() && (await this.#end(key, end)));
  }

  /** Has the gateway begin something, once it has ended what it did before: with that it would go on, for somebody who isn't there. */
  async #begin(key: string, { begin, end, isRenewedByLink }: Lasting): Promise<unknown> {
    if (!isRenewedByLink) {
      const ending = this.#ending.get(key);
      if (ending) await ending.catch(() => {});
      if (this.#unended.has(key)) {
        await this.#end(key, end).catch((error) => {
          if (this.#unended.has(key)) throw error;
        });
      }
    }
    return begin();
  }

  /** Has the gateway end something. What it can't be told now it is told later, or when that begins again. */
  async #end(key: string, end: () => Promise<unknown>): Promise<void> {
    const session = this.#session;
    const ending = end();
    this.#ending.set(key, ending);
    try {
      await ending;
      this.#ended(key);
    } catch (error) {
      const { code } = error as TeraError;
      // With the session all that it did is lost.
      if (OVER.test(code) || this.#session !== session) return;
      this.#ended(key);
      if (UNTOLD.test(code)) this.#unended.set(key, setTimeout(() => this.#kept.has(key) || this.#end(key, end).catch(() => {}), AGAIN));
      throw error;
    } finally {
      if (this.#ending.get(key) === ending) this.#ending.delete(key);
    }
  }

  #ended(key: string): void {
    clearTimeout(this.#unended.get(key));
    this.#unended.delete(key);
  }

  #name(name: string): string {
    if (typeof name !== "string" || !name) throw misuse("A topic, a variable, a queue and a procedure are named by a string.");
    return name;
  }

  /** A pattern as a regular expression: `*` is one segment, `**` one and more. */
  #expression(pattern: string): RegExp {
    const segments = this.#name(pattern).split(".");
    return new RegExp(`^${segments.map((each) => (each === "**" ? ".+" : each === "*" ? "[^.]+" : each.replace(/\W/g, "\\$&"))).join("\\.")}$`);
  }

  #json(item: unknown): string {
    let why = "";
    try {
      const text = JSON.stringify(item);
      if (text !== undefined) return text;
    } catch (error) {
      why = `: ${reasonOf(error)}`;
    }
    throw misuse(`The value can't be written as JSON${why}.`);
  }
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
