// The browser tests: the SDK in a real page against servers made for the purpose, then the demo page and the gateway.

import assert from "node:assert/strict";
import { runChecks } from "../support/checks.mjs";
import { launch, openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { loadSdk } from "../support/sdk_page.mjs";
import { startGateway } from "../support/servers.mjs";
import { startSite } from "../support/site.mjs";
import { drive } from "./drive.mjs";
import { relayed } from "./relayed.mjs";
import { batches } from "./sdk/batches.mjs";
import { captured } from "./sdk/captured.mjs";
import { hidden } from "./sdk/hidden.mjs";
import { ending } from "./sdk/ending.mjs";
import { hostile } from "./sdk/hostile.mjs";
import { lifecycle } from "./sdk/lifecycle.mjs";
import { listening } from "./sdk/listening.mjs";
import { loading } from "./sdk/loading.mjs";
import { memory } from "./sdk/memory.mjs";
import { registered } from "./sdk/registered.mjs";
import { renewing } from "./sdk/renewing.mjs";
import { requests } from "./sdk/requests.mjs";
import { resuming } from "./sdk/resuming.mjs";
import { sending } from "./sdk/sending.mjs";
import { signals } from "./sdk/signals.mjs";
import { strings } from "./sdk/strings.mjs";
import { text } from "./sdk/text.mjs";
import { transports } from "./sdk/transports.mjs";
import { validation } from "./sdk/validation.mjs";

await runChecks(async (check) => {
  const browser = await launch();
  const site = await startSite();
  const { page } = await openPage(browser, site);
  await loadSdk(page, "/package");
  const all = [batches, captured, ending, hostile, lifecycle, listening, loading, memory, registered, renewing, requests, resuming, sending, signals, strings, text, transports, validation];
  for (const checks of all) await checks(check, page);
  await hidden(check, site);
  await check("after all this the page still answers", async () => assert.equal(await page.evaluate(() => 1 + 1), 2));
  await relayed(check, page, await startGateway("--demo", "--allow-origin", new URL(site).origin));
  await page.close();

  const gateway = await startGateway("--demo", "--www", required("TERA_SITE"));
  await drive(check, browser, gateway.url);
});
