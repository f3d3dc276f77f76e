// The real servers: the gateway and Redis, each on a free port.

import { createServer } from "node:net";
import { required } from "./environment.mjs";
import { start } from "./processes.mjs";

/** Starts the gateway with these further arguments; resolves with its URL, and with what ends it well and what kills it. */
export async function startGateway(...args) {
  const ready = /^listening on (http:\S+)/;
  const { match, stop, kill } = await start(required("TERA_GATEWAY"), ["--listen", "127.0.0.1:0", ...args], { ready });
  return { url: match[1], stop, kill };
}

/** Starts a Redis server that keeps nothing; resolves with its port. */
export async function startRedis() {
  const port = await lastingPort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const { stop } = await start(required("TERA_REDIS_SERVER"), args, { ready: /Ready to accept connections/ });
  return { port, url: `redis://127.0.0.1:${port}/`, stop };
}

/** A free port that stays free until it is used: systems hand out ports from 32768 on to whoever asks for any. */
async function lastingPort() {
  for (let port = 20_000 + (process.pid % 10_000); port < 32_768; port++) if (await isFree(port)) return port;
  throw new Error("no port below 32768 is free");
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
