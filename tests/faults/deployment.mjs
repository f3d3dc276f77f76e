// A Redis, a service and a gateway that can be replaced by the next one, which clients find at the same address.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { required } from "../support/environment.mjs";
import { startGateway, startRedis } from "../support/servers.mjs";
import { startClients } from "./page.mjs";
import { FaultProxy } from "./proxy.mjs";
import { FaultService } from "./service.mjs";

const PACKAGE = "/node_modules/tera-client";

export class Deployment {
  /** The gateway that clients get to. */
  gateway;
  service;
  proxy;
  #redis;
  #config;

  /** Starts all of it; `settings` are lines at the head of the gateway's configuration. */
  static async start(settings = "") {
    const deployment = new Deployment();
    const config = await readFile(new URL("gateway.toml", import.meta.url), "utf8");
    deployment.#redis = await startRedis();
    deployment.#config = join(required("TERA_ARTIFACTS"), `gateway-${deployment.#redis.port}.toml`);
    await writeFile(deployment.#config, `${settings}\n${config}`);
    deployment.gateway = await deployment.#startGateway();
    deployment.service = await FaultService.start(deployment.#redis.url);
    deployment.proxy = await FaultProxy.start(deployment.#port);
    return deployment;
  }

  /** A page of the gateway's, empty. */
  get url() {
    return `http://127.0.0.1:${this.proxy.port}${PACKAGE}/package.json`;
  }

  /** Starts the next gateway and leads all further connections to it; gives the one before, which still runs. */
  async replace() {
    const before = this.gateway;
    this.gateway = await this.#startGateway();
    this.proxy.target = this.#port;
    return before;
  }

  /** Starts a client in the page for each login. */
  async startClients(page, logins, options = {}) {
    await page.evaluate(startClients, { folder: PACKAGE, logins, options });
  }

  /** How many sessions have their client, and how many wait for it. */
  async sessions() {
    const { connected, detached } = await (await fetch(`${this.gateway.url}/health`)).json();
    return { connected, detached };
  }

  get #port() {
    return Number(new URL(this.gateway.url).port);
  }

  #startGateway() {
    return startGateway("--config", this.#config, "--redis", this.#redis.url, "--www", required("TERA_SITE"));
  }
}

/** The topic of `client1` to `client8`. */
export function topic(login) {
  return `websocket.device.fa000000-0000-4000-8000-00000000000${login.at(-1)}.events`;
}

/** The numbers from `first` to `last`. */
export function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
