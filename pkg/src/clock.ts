// Time, and turns of the event loop.

/** Milliseconds on a clock that never goes back. */
export function now(): number {
  return performance.now();
}

/** Runs after the current turn of the event loop, without the delay that timers have in hidden pages. */
export function nextTurn(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
