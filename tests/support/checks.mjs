// Runs checks one after the other: a line for each, then the totals, and the exit code.

import { closeAll } from "./closing.mjs";

/** No check may take longer unless it says so, in milliseconds. */
const TIMEOUT = 60_000;

/** Runs `main`, which is given `check(name, body, timeout)`; everything that was started ends afterwards. */
export async function runChecks(main) {
  const counts = { passed: 0, failed: 0 };
  const check = async (name, body, timeout = TIMEOUT) => {
    try {
      await withTimeout(body, timeout);
      counts.passed += 1;
      console.log(`ok      ${name}`);
    } catch (error) {
      counts.failed += 1;
      console.log(`FAILED  ${name}\n${indent(error.stack ?? String(error))}`);
    }
  };
  try {
    await main(check);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  the tests could not go on\n${indent(error.stack ?? String(error))}`);
  }
  await closeAll();
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed || !counts.passed) process.exitCode = 1;
}

/** Waits until `condition` gives something true, and gives that. */
export async function until(condition, what, timeout = 15_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeout / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function withTimeout(body, timeout) {
  let timer;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${timeout / 1000} s`)), timeout);
  });
  try {
    await Promise.race([body(), expired]);
  } finally {
    clearTimeout(timer);
  }
}

function indent(text) {
  return text.replace(/^/gm, "        ");
}
