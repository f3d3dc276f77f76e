// The pages that run a bundled script, and what serves them.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { atEnd } from "../../tests/support/closing.mjs";
import { packagedWasm } from "./bundle.mjs";

/** What each file is served with: nothing is cached, and a page may read the clock finely. */
const HEADERS = { "cache-control": "no-store", "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Serves `files`, `{path: [type, body]}`; resolves with the origin. */
export async function serve(files) {
  const server = createServer((request, response) => {
    const [type, body] = files[new URL(request.url, "http://page").pathname] ?? [];
    if (!type) return response.writeHead(404).end();
    response.writeHead(200, { ...HEADERS, "content-type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** The files of the page `/name` that runs `script`; `head` is what else it has in its head, and `wasm` the file of the module. */
export async function pageFiles(name, script, head = "", wasm = packagedWasm()) {
  const html = `<!doctype html><title>Benchmark</title><link rel="icon" href="data:,">${head}<script type="module" src="/${name}.js"></script>`;
  return {
    [`/${name}`]: ["text/html; charset=utf-8", html],
    [`/${name}.js`]: ["text/javascript", script],
    "/tera_client.wasm": ["application/wasm", await readFile(wasm)],
  };
}

/** Opens a page that has run `script`; `wasm` is the file of its module. */
export async function openScript(browser, script, wasm) {
  return browser.open(`${await serve(await pageFiles("page", script, "", wasm))}/page`);
}
