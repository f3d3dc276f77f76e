// A page that has loaded the SDK, and clients in it that write down all that they hear.

import { until } from "./checks.mjs";

/** Loads the SDK into the page, from the folder of the package on the page's server. */
export async function loadSdk(page, folder) {
  await page.evaluate(async (folder) => {
    const sdk = await import(`${folder}/dist/index.js`);
    globalThis.sdkSignals = await import(`${folder}/dist/signals.js`);
    globalThis.sdkTransports = await import(`${folder}/dist/transports.js`);
    globalThis.sdkValidation = await import(`${folder}/dist/validation.js`);
    /** What functions of the page go by in arguments of `record`: transports, checks, and functions that give a URL. */
    globalThis.named = {};
    /**
     * Connects and records; `url` may be a list, of which each attempt takes the next and the last one again, or the name of
     * a function. The options `transport` and `validate` are the names of functions.
     */
    globalThis.record = async (url, options) => {
      const urls = [url].flat();
      const heard = { events: [], warnings: [], states: [], urlsAsked: 0 };
      const next = () => urls[Math.min(heard.urlsAsked++, urls.length - 1)];
      const functions = Object.entries(options ?? {}).filter(([, value]) => named[value]).map(([name, value]) => [name, named[value]]);
      const client = await sdk.connect(named[url] ?? next, { ...options, ...Object.fromEntries(functions) });
      client.on("event", (event) => heard.events.push(event));
      client.on("warning", ({ code, message, help }) => heard.warnings.push({ code, message, help }));
      client.on("state", (state) => heard.states.push(plainState(state)));
      return { client, heard };
    };
    const plainState = ({ error, ...state }) => (error ? { ...state, code: error.code } : state);
    /** How a promise ends: `{value}` or `{code, message, help, cause}`. */
    globalThis.outcome = async (promise) => {
      try {
        return { value: await promise };
      } catch (error) {
        const { code, message, help, cause } = error;
        return { code, message, help, cause: cause && String(cause), isTeraError: error instanceof sdk.TeraError };
      }
    };
    globalThis.connect = sdk.connect;
  }, folder);
}

/** A client in the page. */
export class RecordingClient {
  #handle;

  /** Connects; fails as `connect` does. */
  static async connect(page, url, options) {
    const client = new RecordingClient();
    client.#handle = await page.evaluateHandle(([url, options]) => record(url, options), [url, options]);
    return client;
  }

  /** Runs a function in the page with `{client, heard}` and an argument. */
  run(body, argument) {
    return this.#handle.evaluate(body, argument);
  }

  /** Waits until so many of `events`, `warnings` or `states` were heard, and gives them. */
  async heard(kind, count) {
    let list = [];
    const enough = async () => (list = await this.run(({ heard }, kind) => heard[kind], kind)).length >= count;
    await until(enough, `${count} ${kind}`).catch((error) => {
      throw new Error(`${error.message}; heard ${list.length}: ${show(list.slice(-5))}`);
    });
    return list;
  }

  /** Waits until the client is in the state of this name, and gives its record of states. */
  async reaches(name) {
    const states = () => this.run(({ heard }) => heard.states);
    return until(async () => {
      const list = await states();
      return list.at(-1)?.name === name && list;
    }, `state ${name}`);
  }

  /** How many URLs were asked for. */
  urlsAsked() {
    return this.run(({ heard }) => heard.urlsAsked);
  }

  async close() {
    await this.run(({ client }) => client.close());
    await this.#handle.dispose();
  }
}

function show(value) {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? `${item}n` : item));
}
