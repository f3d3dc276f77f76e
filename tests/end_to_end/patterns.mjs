// Every pattern of communication through the SDK in a page and the gateway, on one of its buses.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { loadSdk, RecordingClient } from "../support/sdk_page.mjs";
import { startGateway } from "../support/servers.mjs";
import { openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { notifications } from "./patterns/notifications.mjs";
import { queues } from "./patterns/queues.mjs";
import { serving } from "./patterns/serving.mjs";
import { signals } from "./patterns/signals.mjs";
import { texts } from "./patterns/texts.mjs";
import { topics } from "./patterns/topics.mjs";
import { variables } from "./patterns/variables.mjs";

/** Runs the checks of each pattern; `bus` is what the gateway is started with for it, `python` whether service.py is on it. */
export async function patterns(check, browser, name, bus, python) {
  const config = path(required("TERA_ARTIFACTS"), `patterns-${name}.toml`);
  // Logins of OpenTera are in Redis only.
  const head = python ? 'opentera_logins = ["participant"]' : "";
  await writeFile(config, `${head}\n${await readFile(new URL("patterns.toml", import.meta.url), "utf8")}`);
  const gateway = await startGateway("--config", config, "--www", required("TERA_SITE"), ...bus);
  const { page } = await openPage(browser, gateway.url);
  await loadSdk(page, "/node_modules/tera-client");
  /** Logs in, with each attempt to connect by the next of the names; in another's name there is another session. */
  const join = async (logins, options) => RecordingClient.connect(page, await Promise.all([logins].flat().map((login) => logIn(gateway.url, login))), options);
  const named = (sentence, run) => check(`${name}: ${sentence}`, run);
  const ticket = (login) => logIn(gateway.url, login);
  for (const checks of [notifications, topics, serving, queues, variables, signals, texts]) await checks(named, join, python, bus[1], ticket);
  if (python) await logins(named, page, gateway.url, join);
  await page.close();
  await gateway.stop();
}

async function logins(check, page, url, join) {
  const uuid = "9a27c1a0-0000-4000-8000-000000000001";
  const ada = await join("ada");
  const key = await ada.run(({ client }, uuid) => client.call("service.EndToEndService", "log_in", [uuid]), uuid);
  const connect = (kind) => page.evaluate(([url, kind, key]) => outcome(connect(`${url.replace("http", "ws")}/wss/${kind}?id=${key}`).then((client) => client.state)), [url, kind, key]);

  await check("the key that OpenTera's login stored opens one websocket, of a kind that may", async () => {
    assert.equal((await connect("user")).code, "connect_failed");
    assert.equal((await connect("participant")).value.address, `websocket.participant.${uuid}`);
    assert.equal((await connect("participant")).code, "connect_failed");
  });
  await ada.close();
}

async function logIn(url, name) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/login`, { method: "POST", headers, body: JSON.stringify({ name, password: "demo" }) });
  assert.equal(response.status, 200);
  return (await response.json()).websocket_url;
}
