// Drives the demo page as a visitor would, against a gateway that simulates devices and people.

import assert from "node:assert/strict";
import { until } from "../support/checks.mjs";
import { openPage } from "../support/chromium.mjs";
import { emptyQueues, fillQueues, fillSignals, focused, queues, signals } from "./tabs.mjs";

const VIEW = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
/** Invitations come every 30 s. */
const INVITATION_TIMEOUT = 45_000;
/** So many events make the chart and the lists worth a picture. */
const ENOUGH_EVENTS = 150;

/** Opens the page and checks all of it; with `screenshot`, a path, takes pictures in light, dark and narrow. */
export async function drive(check, browser, url, screenshot) {
  const { page, complaints } = await openPage(browser, url, { viewport: VIEW, colorScheme: "light" });
  const text = async (selector) => (await page.textContent(selector)).trim();
  const count = (selector) => page.locator(selector).count();
  const button = (name) => page.getByRole("button", { name, exact: true });

  await check("the page logs in and connects by itself", async () => {
    await page.getByText("Connected", { exact: true }).waitFor();
    assert.match(await text("#state-detail"), /websocket\.user\.[0-9a-f-]{36}/);
  });

  await check("events arrive, and devices and people appear with their status", async () => {
    await until(async () => (await count("#stream li")) >= 20, "20 events");
    await until(async () => (await count("#devices .tile .battery")) >= 3, "three devices with a battery");
    await until(async () => (await count("#people .person")) >= 3, "three people");
    assert.match(await text("#devices-count"), /^\d+ of \d+ online$/);
    await until(async () => Number(await text("#rate-total")) > 20, "the chart's total");
    assert.match(await text("#rate-text"), /events per second/);
  });

  await check("the stream pauses and resumes", async () => {
    await button("Pause").click();
    const newest = await text("#stream li:first-child");
    await page.getByText("more while paused").waitFor();
    assert.equal(await text("#stream li:first-child"), newest);
    await button("Resume").click();
    await until(async () => (await text("#stream-count")) === "", "the stream to go on");
  });

  await check("the stream filters by type", async () => {
    await page.getByLabel("Show").selectOption("DeviceEvent");
    const types = new Set(await page.locator("#stream .label").allTextContents());
    assert.deepEqual([...types], ["DeviceEvent"]);
    await page.getByLabel("Show").selectOption("");
  });

  await check("an event opens into its raw message", async () => {
    await button("Pause").click();
    await page.locator("#stream summary").nth(3).click();
    const raw = JSON.parse(await page.locator("#stream pre").first().textContent());
    assert(raw.$type && raw.$header.topic.includes(".events"), JSON.stringify(raw));
    await button("Resume").click();
  });

  await check("a call brings its result and round-trip time", async () => {
    await page.getByLabel("Method").fill("echo");
    await page.getByLabel("Arguments").fill('["héllo", true, 1.5]');
    await button("Call").click();
    await page.getByText(/^OK · [\d.]+ ms$/).waitFor();
    assert.deepEqual(JSON.parse(await text("#call-result")), ["héllo", true, 1.5]);
  });

  await check("a call that fails shows its code, what happened and what to do", async () => {
    for (const [method, args, shown] of [["fail", '["as you wish"]', /remote_error.*as you wish/], ["echo", "{", /SyntaxError/]]) {
      await page.getByLabel("Method").fill(method);
      await page.getByLabel("Arguments").fill(args);
      await button("Call").click();
      await page.locator("#call-result").filter({ hasText: shown }).waitFor();
      assert.match(await text("#call-status"), /^Failed · /);
    }
  });

  await check("a call under way can be cancelled", async () => {
    await page.getByLabel("Method").fill("sleep");
    await page.getByLabel("Arguments").fill("[9000]");
    await button("Call").press("Enter");
    assert.equal(await focused(page), "Call");
    await button("Cancel").press("Enter");
    await page.locator("#call-result").filter({ hasText: "aborted" }).waitFor();
    assert.equal(await focused(page), "Call");
  });

  await check("disconnecting and connecting again logs in anew, and a login that is refused says so", async () => {
    await button("Disconnect").press("Enter");
    await page.getByText("Not connected", { exact: true }).waitFor();
    await page.getByLabel("Password").fill("wrong");
    await button("Connect").click();
    await page.getByText(/the name or the password is wrong\. Check both/).waitFor();
    await page.getByLabel("Password").fill("demo");
    await button("Connect").press("Enter");
    await page.getByText("Connected", { exact: true }).waitFor();
    assert.equal(await focused(page), "Disconnect");
    // The browser itself says that the login was refused.
    complaints.splice(0, complaints.length, ...complaints.filter((each) => !each.includes("401")));
  });

  await check("the theme switches and is remembered", async () => {
    const theme = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await theme();
    await page.getByRole("switch", { name: "Dark theme" }).click();
    assert.notEqual(await theme(), light);
    assert.equal(await page.evaluate(() => localStorage.getItem("theme")), "dark");
    await page.getByRole("switch", { name: "Dark theme" }).click();
    assert.equal(await theme(), light);
  });

  await queues(check, page);
  await signals(check, page);

  await check("an invitation is accepted, and its Result comes back with the round-trip time", async () => {
    await button("Accept").waitFor({ timeout: INVITATION_TIMEOUT });
    assert((await text("#invitation h3")).length > 0);
    const accepted = page.locator("#invitation-result").filter({ hasText: /^Accepted · RESULT_OK · [\d.]+ ms/ });
    // The next invitation may take the place of this one, and of its result, at any moment; then that one is accepted.
    for (let attempt = 1; ; attempt++) {
      await button("Accept").hover({ timeout: INVITATION_TIMEOUT });
      // While it is answered, the button keeps the focus: `disabled` would take that.
      const busy = await button("Accept").evaluate((accept) => (accept.click(), [accept.disabled, accept.ariaDisabled]));
      assert.deepEqual(busy, [false, "true"]);
      const isAccepted = await accepted.waitFor({ timeout: 3_000 }).then(() => true, () => false);
      if (isAccepted) break;
      assert(attempt < 4, "no invitation could be accepted");
    }
  });

  await check("nothing is refused by the content policy, missing or reported as an error", async () => {
    assert.deepEqual(complaints, []);
    assert.deepEqual(await page.locator("#warnings li").allTextContents(), []);
  });

  if (screenshot) {
    await check("the page fits a narrow screen, and pictures are taken", () => takePictures(page, screenshot));
  }
  await page.close();
}

async function takePictures(page, path) {
  await until(async () => Number(await page.textContent("#rate-total")) >= ENOUGH_EVENTS, "enough events", 60_000);
  const button = (name) => page.getByRole("button", { name, exact: true });
  if (await button("Accept").isVisible()) await button("Accept").click();
  await page.getByText(/^Accepted · RESULT_OK/).waitFor();
  await page.getByLabel("Method").fill("add");
  await page.getByLabel("Arguments").fill("[2, 40]");
  await button("Call").click();
  await page.getByText(/^OK · [\d.]+ ms$/).waitFor();
  await button("Pause").click();
  await page.locator("#stream summary").nth(2).click();
  await takeVariants(page, path);
  await fillQueues(page);
  await takeVariants(page, path.replace(/(\.png)?$/, "-queues.png"));
  await fillSignals(page);
  await takeVariants(page, path.replace(/(\.png)?$/, "-signals.png"));
  await emptyQueues(page);
}

/** Pictures of what there is to see: light, dark and narrow. */
async function takeVariants(page, path) {
  const variant = (name) => path.replace(/(\.png)?$/, `-${name}.png`);
  const theme = page.getByRole("switch", { name: "Dark theme" });
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path });
  await theme.click();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: variant("dark") });
  await theme.click();
  await page.setViewportSize(NARROW);
  await page.screenshot({ path: variant("narrow"), fullPage: true });
  assert.deepEqual(await page.evaluate(tooWide), []);
  await page.setViewportSize(VIEW);
}

/** What is wider than the place it has. */
function tooWide() {
  const parts = [document.documentElement, ...document.querySelectorAll(".card, .card > header, .tile, .columns, .job")];
  return parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.className || part.tagName);
}
