// Debian's Chromium, headless.

import { chromium } from "playwright-core";
import { atEnd } from "./closing.mjs";
import { required } from "./environment.mjs";

/** The sandbox doesn't work for root nor in most containers; the tests open nothing but pages of their own. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser; it ends with the test. */
export async function launch() {
  const browser = await chromium.launch({ executablePath: required("CHROMIUM"), args: FLAGS });
  atEnd(() => browser.close());
  return browser;
}

/** Opens a page and collects what it complains about: errors, refused loads, violations of its content policy. */
export async function openPage(browser, url, options = {}) {
  const page = await browser.newPage(options);
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  await page.goto(url);
  return { page, complaints };
}
