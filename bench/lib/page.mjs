// A page of a quiet browser that runs one bundled script.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { chromium } from "playwright-core";
import { atEnd } from "../../tests/support/closing.mjs";
import { FLAGS } from "../../tests/support/chromium.mjs";
import { required } from "../../tests/support/environment.mjs";
import { packagedWasm } from "./bundle.mjs";

/** Starts Chromium with a collector that scripts can call. */
export async function launch() {
  const args = [...FLAGS, "--js-flags=--expose-gc"];
  const browser = await chromium.launch({ executablePath: required("CHROMIUM"), args });
  atEnd(() => browser.close());
  return browser;
}

/** Serves `files`, `{path: [type, body]}`; resolves with the origin. A page that reads the clock finely may do so here. */
export async function serve(files) {
  const server = createServer((request, response) => {
    const [type, body] = files[new URL(request.url, "http://page").pathname] ?? [];
    if (!type) return response.writeHead(404).end();
    response.setHeader("cross-origin-opener-policy", "same-origin").setHeader("cross-origin-embedder-policy", "require-corp");
    response.setHeader("content-type", type).end(body);
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

/** Opens a page, whose complaints are printed; `context` may be the browser. */
export async function open(context, url) {
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  page.on("console", (message) => console.error(`page: ${message.text()}`));
  await page.goto(url, { waitUntil: "load" });
  return page;
}

/** Opens a page that has run `script`; `wasm` is the file of its module. */
export async function openScript(browser, script, wasm) {
  return open(browser, `${await serve(await pageFiles("page", script, "", wasm))}/page`);
}
