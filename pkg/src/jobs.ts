// The jobs of one iteration over a queue: each is handed on once, and its end is said until the gateway has heard it.

import { AGAIN, LATER } from "./codes.js";
import type { TeraError } from "./errors.js";
import type { CallArgument, Job } from "./types.js";

/** What jobs need of their client. */
export interface Asks {
  command(method: string, args: readonly CallArgument[]): Promise<unknown>;
  /** Another object in each session. */
  session(): object;
}

/** What one iteration was given. */
export class Jobs {
  readonly #asks: Asks;
  readonly #queue: string;
  readonly #prefetch: number;
  readonly #handler: (job: Omit<Job<any>, "item">, json: string) => void;
  /** Jobs that were handed on and are not ended, by id, as they were given last: a new session gives them again. */
  readonly #inHand = new Map<string, { last: string[] }>();
  #isOver = false;

  constructor(asks: Asks, queue: string, prefetch: number, handler: (job: Omit<Job<any>, "item">, json: string) => void) {
    this.#asks = asks;
    this.#queue = queue;
    this.#prefetch = prefetch;
    this.#handler = handler;
  }

  /** Takes a job that the gateway gives. */
  give(args: string[]): void {
    const inHand = this.#inHand;
    const [queue, id, attempt, item] = args as [string, string, string, string];
    const known = inHand.get(id);
    if (known) {
      known.last = args;
      return;
    }
    const job = { last: args };
    inHand.set(id, job);
    // The iteration drops its oldest too, with as many that wait.
    if (inHand.size > this.#prefetch * 2) inHand.delete(inHand.keys().next().value!);
    const isInHand = () => inHand.get(id) === job;
    const letGo = () => isInHand() && inHand.delete(id);
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The gateway would wait for this client for ever, and give it one job less.
    const sayAgain = (end: () => Promise<void>, isDue: () => boolean) => {
      clearTimeout(timer);
      timer = setTimeout(() => !this.#isOver && isDue() && end().catch(() => {}), AGAIN);
    };
    const ack = async (): Promise<void> => {
      const session = this.#asks.session();
      try {
        await this.#asks.command("ack", [queue, id]);
        letGo();
      } catch (error) {
        // A new session may have given it again meanwhile.
        if (this.#isUnheard(error, session)) sayAgain(ack, isInHand);
        // What is not ended, and was given again, is to be done again.
        else if (letGo() && job.last !== args) this.give(job.last);
        throw error;
      }
    };
    const nack = async (): Promise<void> => {
      // It may come back before the answer.
      letGo();
      const session = this.#asks.session();
      try {
        await this.#asks.command("nack", [queue, id]);
      } catch (error) {
        if (this.#isUnheard(error, session)) sayAgain(nack, () => session === this.#asks.session() && !inHand.has(id));
        throw error;
      }
    };
    this.#handler({ queue: this.#queue, id, attempt: Number(attempt), ack, nack }, item);
  }

  /** The iteration is over: what it has in hand goes back. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether the gateway may have a job down as this client's still, whose end failed so. A session that is lost takes its jobs along. */
  #isUnheard(error: unknown, session: object): boolean {
    return !this.#isOver && session === this.#asks.session() && LATER.test((error as TeraError).code);
  }
}
