// A copy of all objects of a type, which follows their changes.

import { report } from "../events.js";
import type { ChangeType } from "./model.js";

/** Most changes that wait for the objects to be loaded; with more, they are loaded again. */
const MAX_WAITING = 10_000;
/** Milliseconds until a load that failed is tried again; it doubles each time. */
const RETRY_BASE = 1000;
const RETRY_CAP = 30_000;

/** What has changed in a cache: an object, or with `LOADED` perhaps everything. */
export type CacheChange<T> = { readonly type: ChangeType; readonly object: T } | { readonly type: "LOADED" };

/** Options of `cache`. */
export interface CacheOptions<T> {
  /** What tells an object from all others. */
  key(object: T): unknown;
  /** Gives all objects as they are now. */
  load(): Iterable<T> | Promise<Iterable<T>>;
  /** Called after each change. */
  changed?: ((change: CacheChange<T>) => unknown) | undefined;
}

/** What a cache hangs on. */
interface CacheSource {
  /** Whether changes may be among what was missed of this topic. */
  covers(topic: string): boolean;
  /** Resolves when every change from now on will be heard. */
  ready(): Promise<void>;
  warn(description: string, cause: unknown): void;
  closed(): Promise<void>;
}

type Change<T> = Exclude<CacheChange<T>, { type: "LOADED" }>;

/**
 * A copy of all objects of a type, made by `signals.cache`. It is as large as they are. What changes while they are loaded is
 * applied afterwards, so that for a moment an object may look older than it was loaded. When changes were missed, they are
 * loaded again; until that is done the copy is the one of before, and `isStale`. A load that fails is a warning, and is tried
 * again.
 */
export class Cache<T> implements Iterable<T> {
  readonly #options: CacheOptions<T>;
  readonly #source: CacheSource;
  #objects = new Map<unknown, T>();
  /** Changes that wait for the objects to be loaded; undefined when they are. */
  #waiting: Change<T>[] | undefined = [];
  /** Whether something was missed since the load that is under way began. */
  #isMissing = false;
  #isClosed = false;
  /** Ends the pause before the next try. */
  #wake: (() => void) | undefined;

  /** @internal */
  constructor(options: CacheOptions<T>, source: CacheSource) {
    this.#options = options;
    this.#source = source;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#objects.size;
  }

  /** Whether changes were missed, and the objects are being loaded again; or it is closed. */
  get isStale(): boolean {
    return this.#isClosed || this.#waiting !== undefined;
  }

  /** The object with this key. */
  get(key: unknown): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Follows no more changes. What it holds stays as it is. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake?.();
    await this.#source.closed();
  }

  /** @internal Loads the objects, until nothing was missed meanwhile. */
  async load(): Promise<void> {
    let loaded: Map<unknown, T>;
    do {
      const isAgain = this.#isMissing;
      this.#isMissing = false;
      if (isAgain) await this.#source.ready();
      this.#waiting = [];
      loaded = new Map();
      for (const object of await this.#options.load()) loaded.set(this.#options.key(object), object);
    } while (this.#isMissing && !this.#isClosed);
    if (this.#isClosed) return;
    const changes = this.#waiting;
    this.#objects = loaded;
    this.#waiting = undefined;
    this.#tell({ type: "LOADED" });
    for (const change of changes) this.heard(change);
  }

  /** @internal */
  heard(change: Change<T>): void {
    if (this.#isClosed) return;
    if (this.#waiting) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(change);
      else this.#isMissing = true;
      return;
    }
    try {
      const key = this.#options.key(change.object);
      if (change.type === "DELETED") this.#objects.delete(key);
      else this.#objects.set(key, change.object);
    } catch (error) {
      return report(error);
    }
    this.#tell(change);
  }

  /** @internal Changes of this topic were missed, or nobody knows of which. */
  missed(topic?: string): void {
    if (topic !== undefined && !this.#source.covers(topic)) return;
    this.#isMissing = true;
    if (!this.#waiting) void this.#loadAgain();
  }

  async #loadAgain(): Promise<void> {
    this.#waiting = [];
    for (let delay = RETRY_BASE; !this.#isClosed; delay = Math.min(delay * 2, RETRY_CAP)) {
      try {
        return await this.load();
      } catch (error) {
        if (this.#isClosed) return;
        this.#isMissing = true;
        this.#source.warn("What a cache holds could not be loaded again.", error);
        await this.#pause(delay);
      }
    }
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(change: CacheChange<T>): void {
    try {
      (this.#options.changed?.(change) as Promise<unknown> | undefined)?.catch?.(report);
    } catch (error) {
      report(error);
    }
  }
}
