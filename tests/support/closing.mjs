// What must be closed when a test ends, however it ends.

const closers = [];

/** Runs `close` at the end, before what was registered earlier. It may be called once more after a signal. */
export function atEnd(close) {
  closers.push(close);
}

/** Closes everything, newest first; an error in one doesn't keep the others open. */
export async function closeAll() {
  while (closers.length) {
    try {
      await closers.pop()();
    } catch (error) {
      console.error(`while closing: ${error.stack}`);
      process.exitCode = 1;
    }
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, async () => {
    await closeAll();
    process.exit(1);
  });
}
