// What comes on the topic of a stream: its items in order, until its end, or until one is lost.

import type { Client } from "./client.js";
import { TeraError } from "./errors.js";
import { type Failure, failed } from "./failure.js";
import type { AnyMessage } from "./generated/messages.js";
import { aborted } from "./options.js";

/** How often it is looked whether the service still says something, in milliseconds; it does so every five seconds. */
const CHECK_INTERVAL = 7_000;
/** After so many looks in vain while connected, the service counts as gone. */
const MOST_SILENT = 3;

/** A message of the package tera.contract.v1 that streams are made of. Nobody but the service promises that it is one. */
type Message =
  | { $type: "tera.contract.v1.Item"; number: bigint; message: AnyMessage }
  | { $type: "tera.contract.v1.Alive" }
  | { $type: "tera.contract.v1.End"; count: bigint; failure: Failure | undefined };

/** The items of one stream. */
export class Inbox {
  /** The service has said its last, as far as anybody can tell. */
  hasEnded = false;
  readonly #limit: number;
  #messages: Message[] = [];
  #error: TeraError | undefined;
  #wake = () => {};
  #received = 0n;
  #silent = 0;
  readonly #ends: (() => void)[] = [];

  private constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Subscribes to a stream's topic. At most `limit` messages wait: a service that sends more breaks the contract. `remind` is called
   * now and then while none wait, in case the service doesn't know that there is room.
   */
  static async open(client: Client, topic: string, limit: number, signal: AbortSignal | undefined, remind: () => void): Promise<Inbox> {
    const inbox = new Inbox(limit);
    const unsubscribe = await client.subscribe(topic, (event) => inbox.#put(event as unknown as Message));
    inbox.#ends.push(() => void unsubscribe().catch(() => {}));
    inbox.#watch(client, topic, remind);
    const abort = () => {
      inbox.#messages = [];
      inbox.#fail(aborted(signal!));
    };
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    inbox.#ends.push(() => signal?.removeEventListener("abort", abort));
    return inbox;
  }

  /** Notices what makes the stream's rest unsure. */
  #watch(client: Client, topic: string, remind: () => void): void {
    const timer = setInterval(() => {
      if (!this.#messages.length) remind();
      if (client.state.name !== "connected") this.#silent = 0;
      else if (++this.#silent > MOST_SILENT) {
        this.hasEnded = true;
        this.#fail(new TeraError("unreachable", "The service says nothing any more."));
      }
    }, CHECK_INTERVAL);
    this.#ends.push(
      () => clearInterval(timer),
      client.on("gap", (gap) => gap.topic === topic && this.#fail(lost())),
      client.on("resync", () => this.#fail(lost())),
      client.on("state", (state) => state.name === "closed" && this.#fail(state.error)),
    );
  }

  /** The next item; undefined at the end. What came before something went wrong is given first. */
  async next(): Promise<AnyMessage | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) return this.#take(message);
      if (this.#error) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Takes in nothing more. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #put(message: Message): void {
    this.#silent = 0;
    if (message.$type === "tera.contract.v1.Alive") return;
    if (this.#messages.length === this.#limit) {
      this.#fail(new TeraError("queue_full", "The service sent more items than it was asked for."));
    } else this.#messages.push(message);
    this.#wake();
  }

  #fail(error: TeraError): void {
    this.#error ??= error;
    this.#wake();
  }

  #take(message: Message): AnyMessage | undefined {
    if (message.$type === "tera.contract.v1.Item") {
      if (message.number !== ++this.#received) throw lost();
      return message.message;
    }
    if (message.$type !== "tera.contract.v1.End") throw new TeraError("invalid_message", `A stream holds no ${message.$type}.`);
    this.hasEnded = true;
    if (message.failure) throw failed(message.failure);
    if (message.count !== this.#received) throw lost();
    return undefined;
  }
}

function lost(): TeraError {
  return new TeraError("uncertain", "Items of the stream were lost on the way.", "Call the method again.");
}
