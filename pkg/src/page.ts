// What the page tells: that it was put aside and comes back, and that the network went and is there again. Outside pages, in
// workers and Node, some or all of these events never come.

import { Happening } from "./module.js";

/** More than this between two clocks that should agree, in milliseconds, and the machine has slept. */
const SLEPT = 2000;

/** Timers stand still while the machine sleeps. None is longer than this, in milliseconds, so that sleep is soon noticed. */
export const LONGEST_TIMER = 500;

/** Listens to the page until the function that this returns is called. */
export function watchPage(tell: (what: Happening) => void): () => void {
  if (typeof addEventListener !== "function") return () => {};
  const ended = new AbortController();
  const { signal } = ended;
  addEventListener("online", () => tell(Happening.Online), { signal });
  addEventListener("offline", () => tell(Happening.Offline), { signal });
  if (typeof document === "object") {
    // That the network is there again is not told to pages that are put aside.
    const wake = () => tell(navigator.onLine ? Happening.Online : Happening.Wake);
    // A page with an open socket is not kept for going back to.
    addEventListener("pagehide", ({ persisted }) => persisted && tell(Happening.Suspended), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && wake(), { signal });
    document.addEventListener("resume", wake, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
  }
  return () => ended.abort();
}

/** A function that says whether the machine has slept since it was last asked: the clock on the wall went on meanwhile. */
export function sleepDetector(): () => boolean {
  let offset = Date.now() - performance.now();
  return () => {
    const before = offset;
    offset = Date.now() - performance.now();
    return offset - before > SLEPT;
  };
}
