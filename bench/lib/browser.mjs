// Chromium as a user has it. What drives it for tests has the network reported to it, and then each message and each file goes to the
// debugger as well, on the same processors.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { FLAGS } from "../../tests/support/chromium.mjs";
import { atEnd } from "../../tests/support/closing.mjs";
import { required } from "../../tests/support/environment.mjs";
import { start } from "../../tests/support/processes.mjs";

/** A page is not slowed down because another one is in front of it, and scripts can call the collector. */
const QUIET = ["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--js-flags=--expose-gc"];

/** A browser that ends with the benchmark. */
export class Browser {
  #origin;

  static async launch() {
    const profile = await mkdtemp(join(tmpdir(), "tera-bench-"));
    atEnd(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
    const args = ["--headless", ...FLAGS, ...QUIET, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
    const { match } = await start(required("CHROMIUM"), args, { ready: /^DevTools listening on ws:\/\/(\S+?)\// });
    const browser = new Browser();
    browser.#origin = `http://${match[1]}`;
    return browser;
  }

  /** Opens a page, and resolves once it has loaded, its modules included. */
  async open(url) {
    const page = await this.openUnwatched("about:blank");
    await page.navigate(url);
    return page;
  }

  /** Opens a page with nobody attached to it. */
  async openUnwatched(url) {
    const response = await fetch(`${this.#origin}/json/new?${encodeURIComponent(url)}`, { method: "PUT" });
    const { id, webSocketDebuggerUrl } = await response.json();
    return new Page(webSocketDebuggerUrl, () => fetch(`${this.#origin}/json/close/${id}`));
  }
}

/** A page, and a debugger for it from the first command on. */
class Page {
  #url;
  #socket;
  #close;
  #answers = new Map();
  #count = 0;
  #loaded;

  constructor(url, close) {
    this.#url = url;
    this.#close = close;
  }

  /** Sends a command of the DevTools protocol and resolves with what it returns. */
  async send(method, params = {}) {
    const socket = await (this.#socket ??= this.#attach());
    const id = ++this.#count;
    const answer = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
    socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** Runs a function in the page, with what JSON keeps of an argument, and resolves with what JSON keeps of what it resolves with. */
  async evaluate(run, argument = null) {
    const expression = `(${run})(${JSON.stringify(argument)})`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Goes elsewhere, and resolves once that has loaded. */
  async navigate(url) {
    for (const domain of ["Runtime", "Page"]) await this.send(`${domain}.enable`);
    const loaded = new Promise((resolve) => (this.#loaded = resolve));
    await this.send("Page.navigate", { url });
    await loaded;
  }

  async close() {
    await this.#close();
  }

  async #attach() {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false, maxPayload: 0 });
    socket.on("message", (data) => this.#hear(JSON.parse(data)));
    socket.on("close", () => {
      for (const { reject } of this.#answers.values()) reject(new Error("the page is gone"));
    });
    await once(socket, "open");
    return socket;
  }

  #hear({ id, result, error, method, params }) {
    if (method === "Runtime.exceptionThrown") console.error(`page: ${params.exceptionDetails.exception?.description}`);
    if (method === "Runtime.consoleAPICalled") console.error(`page: ${params.args.map(({ value, description }) => value ?? description).join(" ")}`);
    if (method === "Page.loadEventFired") this.#loaded();
    const answer = this.#answers.get(id);
    if (!answer) return;
    this.#answers.delete(id);
    if (error) answer.reject(new Error(`${error.message} (${error.code})`));
    else answer.resolve(result);
  }
}
