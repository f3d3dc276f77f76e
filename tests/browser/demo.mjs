// node tests/browser/demo.mjs URL SCREENSHOT: drives the demo page at this URL once and takes pictures of it.

import { runChecks } from "../support/checks.mjs";
import { launch } from "../support/chromium.mjs";
import { drive } from "./drive.mjs";

const [url, screenshot] = process.argv.slice(2);
if (!screenshot) {
  console.error("usage: node tests/browser/demo.mjs URL SCREENSHOT");
  process.exit(2);
}
await runChecks(async (check) => drive(check, await launch(), url, screenshot));
