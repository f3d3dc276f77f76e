// Serves the installed package and an empty page under the content policy that the gateway gives its pages.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { once } from "node:events";
import { atEnd } from "./closing.mjs";
import { required } from "./environment.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".map": "application/json" };
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:";
/** A worker that holds the sockets of whoever connects through a port that it is given, or through the worker itself. */
const WORKER = `import { relay } from "/package/dist/transports.js";
  relay(self);
  addEventListener("message", ({ ports }) => ports[0] && relay(ports[0]));`;
const PAGE = `<!doctype html><html lang="en"><title>Test page</title><link rel="icon" href="data:,"><p>Test page`;

/** Starts the server; resolves with the page's URL. The package is below `/package/`, a worker at `/relay.js`. */
export async function startSite() {
  const root = required("TERA_PACKAGE");
  const server = createServer(async (request, response) => {
    response.setHeader("content-security-policy", `${POLICY}; img-src data:`);
    const path = normalize(new URL(request.url, "http://site").pathname);
    if (path === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
      return;
    }
    if (path === "/relay.js") {
      response.setHeader("content-type", "text/javascript").end(WORKER);
      return;
    }
    try {
      const file = await readFile(join(root, path.replace(/^\/package\//, "/")));
      response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream").end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}
