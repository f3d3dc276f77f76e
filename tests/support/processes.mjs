// Processes that a test starts: they end with it on every way out.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { atEnd } from "./closing.mjs";

const START_TIMEOUT = 30_000;
/** How long a process may take to end by itself before it is killed. */
const END_TIMEOUT = 5_000;
/** As much of what a process wrote is shown when it fails. */
const KEPT_LINES = 40;

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a process and resolves once it writes a line that `ready` matches, with that match.
 * The process ends with the test; `stop` ends it earlier, and `kill` gives it no say in that. `send` writes a line to it.
 */
export async function start(command, args, { ready, env = {}, onLine = () => {} }) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  running.add(child);
  const exited = once(child, "exit").finally(() => running.delete(child));
  exited.catch(() => {});
  const stop = () => end(child, exited);
  atEnd(stop);
  const match = await readiness(child, { command, ready, onLine });
  const send = (line) => child.stdin.write(`${line}\n`);
  const kill = () => child.kill("SIGKILL") && exited;
  return { match, stop, kill, send };
}

function readiness(child, { command, ready, onLine }) {
  const lines = [];
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${command} ${why}; it wrote:\n${lines.join("\n")}`));
    const timer = setTimeout(() => fail(`was not ready after ${START_TIMEOUT / 1000} s`), START_TIMEOUT);
    child.once("error", (error) => fail(`did not start (${error.message})`));
    child.once("exit", (code, signal) => fail(`ended early (${signal ?? code})`));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        const match = ready.exec(line);
        if (match) {
          clearTimeout(timer);
          resolve(match);
        }
        onLine(line);
      });
    }
  });
}

async function end(child, exited) {
  if (!running.has(child)) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT);
  await exited.catch(() => {});
  clearTimeout(timer);
}
