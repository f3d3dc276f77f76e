// A page in a Chromium of its own, without Playwright, whose pages count as visible whatever happens to them. It can be hidden,
// frozen and stopped.

import { once } from "node:events";
import { WebSocket } from "ws";
import { FLAGS } from "./chromium.mjs";
import { atEnd } from "./closing.mjs";
import { required } from "./environment.mjs";
import { start } from "./processes.mjs";
import { temporaryFolder } from "./temporary.mjs";

export class BarePage {
  #socket;
  /** The page's session, of the browser's debugging protocol. */
  #session;
  #windowId;
  #commands = 0;
  /** Commands that wait for their result. */
  #waiting = new Map();

  /** Opens the page in a new browser, which ends with the test. */
  static async open(url) {
    const args = [...FLAGS, "--headless", "--remote-debugging-port=0", `--user-data-dir=${temporaryFolder("page")}`, url];
    const { match } = await start(required("CHROMIUM"), args, { ready: /DevTools listening on (ws:\S+)/ });
    const page = new BarePage();
    // What is stopped would stay when the browser ends.
    atEnd(() => page.wake());
    await page.#attach(match[1], url);
    return page;
  }

  /** Runs a function in the page with an argument that is JSON, and gives what it returns. */
  async evaluate(body, argument) {
    const expression = `(${body})(${JSON.stringify(argument)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#ofPage("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Hides the page, whose timers then come late, or shows it. */
  async hide(isHidden = true) {
    await this.#send("Browser.setWindowBounds", { windowId: this.#windowId, bounds: { windowState: isHidden ? "minimized" : "normal" } });
  }

  /** Freezes the page, as browsers do with one that was hidden for long, or goes on with it. */
  async freeze(isFrozen = true) {
    await this.#ofPage("Page.setWebLifecycleState", { state: isFrozen ? "frozen" : "active" });
  }

  /** Stops what runs the page, as when the machine sleeps, until {@link wake}. */
  async sleep() {
    await this.#signal("SIGSTOP");
  }

  async wake() {
    await this.#signal("SIGCONT");
  }

  async #signal(signal) {
    const { processInfo } = await this.#send("SystemInfo.getProcessInfo");
    for (const { type, id } of processInfo) if (type === "renderer") process.kill(id, signal);
  }

  async #attach(address, url) {
    this.#socket = new WebSocket(address);
    await once(this.#socket, "open");
    this.#socket.on("message", (text) => {
      const { id, result, error } = JSON.parse(text);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    });
    const { targetInfos } = await this.#send("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }) => type === "page");
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = sessionId;
    const { windowId } = await this.#send("Browser.getWindowForTarget", { targetId });
    this.#windowId = windowId;
    await this.#ofPage("Page.navigate", { url });
    await this.evaluate(() => document.readyState === "complete" || new Promise((resolve) => addEventListener("load", resolve)));
  }

  #ofPage(method, params) {
    return this.#send(method, params, this.#session);
  }

  #send(method, params = {}, sessionId = undefined) {
    const id = ++this.#commands;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }
}
