// Takes times: the contestants in turn, in an order that rotates, and the median of the rounds.

/** Shortest sample in milliseconds; the clock's steps are 0.1. */
const SAMPLE = 10;
const WARM_UP = 120;

/** Holds on to results, so that nobody's work can be optimised away. */
let sink = 0;

/**
 * Times contestants: `{name, run(count)}`, where `run` does its work so often and returns a number made from the
 * results, or a promise of it. Resolves with microseconds by name.
 */
export async function race(contestants, rounds) {
  const lanes = [];
  for (const { name, run } of contestants) lanes.push({ name, run, count: await warmUp(run), samples: [] });
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < lanes.length; turn++) {
      const lane = lanes[(turn + round) % lanes.length];
      await settle();
      lane.samples.push((await time(lane.run, lane.count)) / lane.count);
    }
  }
  return Object.fromEntries(lanes.map(({ name, samples }) => [name, median(samples) * 1000]));
}

async function warmUp(run) {
  let count = 1;
  let spent = 0;
  for (;;) {
    const took = await time(run, count);
    spent += took;
    if (took >= SAMPLE && spent >= WARM_UP) return Math.ceil((count * SAMPLE) / took);
    if (took < SAMPLE) count *= 2;
  }
}

async function time(run, count) {
  const start = performance.now();
  const result = run(count);
  sink += typeof result === "number" ? result : await result;
  return performance.now() - start;
}

/**
 * Starts a sample with an empty nursery and an empty queue of tasks. A full collection would shrink the nursery and forget
 * compiled code, and so punish those who allocate most.
 */
async function settle() {
  globalThis.gc({ type: "minor" });
  await new Promise((resolve) => setTimeout(resolve));
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What all results together came to; reading it is what keeps them alive. */
export const checksum = () => sink;
