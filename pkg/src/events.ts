// Handlers and iterators by event name.

import { misuse } from "./errors.js";
import { checkCount, checkOptions } from "./options.js";

type Handler = (event: never) => unknown;
type Result<T> = IteratorResult<T, undefined>;

const done = <T>(): Promise<Result<T>> => Promise.resolve({ done: true, value: undefined });

/** Options of an iterator over events. */
export interface IteratorOptions {
  /** Ends the iteration when it fires; what waits is dropped. */
  signal?: AbortSignal | undefined;
  /** Most events that wait for the loop; beyond it the oldest is dropped and counted. Default 1024. One message may bring hundreds. */
  limit?: number | undefined;
}

/** An iteration over events; ends when the client is closed. */
export interface EventIterator<T> extends AsyncIterableIterator<T, undefined> {
  /** How many events were dropped because more than `limit` waited. */
  readonly dropped: number;
  return(): Promise<IteratorResult<T, undefined>>;
}

/** Calls handlers by name; one that throws, or whose promise rejects, is reported and doesn't stop the others. */
export class Dispatcher {
  /** Lists that never change: a name gets another one instead, so that nobody has to copy the list that it goes through. */
  readonly #handlers = new Map<unknown, Handler[]>();
  readonly #iterators = new Set<() => void>();

  on(name: unknown, handler: Handler): () => void {
    if (typeof handler !== "function") throw misuse(`The handler of "${name as string}" must be a function.`);
    const handlers = this.#handlers.get(name) ?? [];
    if (!handlers.includes(handler)) this.#handlers.set(name, [...handlers, handler]);
    return () => this.off(name, handler);
  }

  once(name: string, handler: Handler): () => void {
    const off = this.on(name, (event) => {
      off();
      return handler(event);
    });
    return off;
  }

  off(name: unknown, handler: Handler): void {
    const handlers = this.#handlers.get(name)?.filter((each) => each !== handler);
    if (handlers?.length) this.#handlers.set(name, handlers);
    else this.#handlers.delete(name);
  }

  /** Calls the handlers there were when it began; false if there were none. */
  emit(name: unknown, event: unknown): boolean {
    const handlers = this.#handlers.get(name);
    for (const handler of handlers ?? []) {
      const current = this.#handlers.get(name);
      try {
        if (current === handlers || current?.includes(handler)) (handler(event as never) as Promise<unknown> | undefined)?.catch?.(report);
      } catch (error) {
        report(error);
      }
    }
    return !!handlers;
  }

  /** Iterates over the events of this name. What makes them come is what `start` starts: it is stopped with the iteration, and fails it. */
  iterate<T>(name: unknown, options: IteratorOptions = {}, start?: () => Promise<() => unknown>): EventIterator<T> {
    const { signal, limit = 1024 } = checkOptions(options);
    checkCount("limit", limit);
    const queue: T[] = [];
    const waiting: ((result: Result<T> | Promise<Result<T>>) => void)[] = [];
    /** What the iteration ends with, once it has: done, or a failure, which is told once. */
    let last: Promise<Result<T>> | undefined;
    const off = this.on(name, (event: T) => {
      const next = waiting.shift();
      if (next) return next({ done: false, value: event });
      if (queue.length === limit) {
        queue.shift();
        iterator.dropped++;
      }
      queue.push(event);
    });
    const next = (): Promise<Result<T>> => {
      if (queue.length) return Promise.resolve({ done: false, value: queue.shift()! });
      if (!last) return new Promise((resolve) => waiting.push(resolve));
      const result = last;
      last = done();
      return result;
    };
    const end = (result = done<T>()) => {
      if (last) return;
      last = result;
      off();
      source?.then((stop) => stop()).catch(() => {});
      this.#iterators.delete(end);
      signal?.removeEventListener("abort", stop);
      for (const resolve of waiting.splice(0)) resolve(next());
    };
    const stop = () => {
      queue.length = 0;
      end();
    };
    const iterator = {
      dropped: 0,
      next,
      return() {
        stop();
        return done<T>();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const source = start?.();
    // Who takes no item hears of no failure.
    source?.catch(() => end(source as Promise<never>));
    this.#iterators.add(end);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
    return iterator;
  }

  /** Ends every iteration, once what waits has been taken. */
  end(): void {
    for (const end of [...this.#iterators]) end();
  }
}

/** Reports an error without stopping anything: in pages and workers as an uncaught one, which would end a process. */
export function report(error: unknown): void {
  if ("process" in globalThis) console.error(error);
  else reportError(error);
}
