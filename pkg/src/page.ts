// What the page tells: that it was put aside and comes back, and that the network went and is there again. Outside pages, in
// workers and Node, some or all of these events never come.

/** What a link hears of the page; `Link.happened` takes it. */
export const WAKE = 2;
export const OFFLINE = 3;
export const ONLINE = 4;
export const SUSPEND = 5;

/** More than this between two clocks that should agree, in milliseconds, and the machine has slept. */
const SLEPT = 2000;

/** Listens to the page until the function that this returns is called. */
export function watchPage(tell: (what: number) => void): () => void {
  if (typeof addEventListener !== "function") return () => {};
  const ended = new AbortController();
  const { signal } = ended;
  addEventListener("online", () => tell(ONLINE), { signal });
  addEventListener("offline", () => tell(OFFLINE), { signal });
  if (typeof document === "object") {
    // A page with an open socket is not kept for going back to.
    addEventListener("pagehide", ({ persisted }) => persisted && tell(SUSPEND), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && tell(WAKE), { signal });
    document.addEventListener("resume", () => tell(WAKE), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell(WAKE), { signal });
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
