// When the application hears of something: at once, but for what comes before it can listen.

import { nextTurn } from "./clock.js";

/** Keeps what comes before the application can listen: before the turn after the one in which `connect` resolves. */
export class Delivery {
  #waiting: (() => void)[] | undefined = [];
  #hasConnected = false;

  /** Tells the application something, or keeps it; what was kept is told first. `say` must not throw. */
  tell(say: () => void): void {
    if (this.#waiting) this.#waiting.push(say);
    else say();
  }

  /** Tells a state of the connection likewise; up to the one that `connect` resolves with, at once, as nobody else listens. */
  enter(say: () => void, isConnected: boolean): void {
    if (this.#hasConnected) return this.tell(say);
    say();
    this.#hasConnected = isConnected;
    if (isConnected) nextTurn(() => {
      for (const say of this.#waiting!) say();
      this.#waiting = undefined;
    });
  }
}
