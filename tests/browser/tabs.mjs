// The demo page's tabs, used as a visitor would.

import assert from "node:assert/strict";
import { until } from "../support/checks.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Shows a tab. */
export const show = (page, name) => page.getByRole("tab", { name, exact: true }).click();

/** What the focus is on: a keyboard's user goes on from there. */
export const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim());

/** Jobs that wait, as `name, attempt`. */
const jobs = (page, list) =>
  page.$$eval(`#${list} .job`, (rows) => rows.map((row) => [...row.querySelector("p").children].map((part) => part.textContent).join(", ")));

async function given(page, list, expected) {
  let seen;
  const same = async () => JSON.stringify((seen = await jobs(page, list))) === JSON.stringify(expected);
  await until(same, `${expected} in #${list}`).catch((error) => assert.deepEqual(seen, expected, error.message));
}

async function produce(page, name) {
  await page.getByLabel("Job for").fill(name);
  await button(page, "Produce").click();
  await page.getByText(/^Produced \S+ · [\d.]+ ms$/).waitFor();
}

/** Gives a job back until it is a dead letter. */
async function wearOut(page, name) {
  for (const attempt of [1, 2, 3]) {
    await page.locator("#jobs .job", { hasText: name }).filter({ hasText: `attempt ${attempt}` }).waitFor();
    await button(page, `nack ${name}`).click();
  }
  await page.locator("#dead .job", { hasText: name }).waitFor();
}

/** The arrow keys, and the queue with its consumer and its variable. */
export async function queues(check, page) {
  await check("the tabs are gone through with the arrow keys, and show one panel at a time", async () => {
    const tab = (name) => page.getByRole("tab", { name, exact: true });
    const panels = () => page.locator("[role=tabpanel]:visible").evaluateAll((all) => all.map(({ id }) => id));
    await tab("Event stream").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await tab("Queues").getAttribute("aria-selected"), "true");
    assert.deepEqual(await panels(), ["queues-panel"]);
    for (const key of ["ArrowLeft", "ArrowLeft", "ArrowRight"]) await page.keyboard.press(key);
    assert.deepEqual(await panels(), ["stream-panel"]);
    await page.keyboard.press("End");
    assert.deepEqual(await panels(), ["signals-panel"]);
    await page.keyboard.press("Home");
    assert.deepEqual(await panels(), ["stream-panel"]);
    await show(page, "Queues");
  });

  await check("a consumer gets as many jobs as its prefetch, and the next one when it acknowledges", async () => {
    for (const name of ["scan 1", "scan 2", "scan 3"]) await produce(page, name);
    await button(page, "Start consumer").click();
    await given(page, "jobs", ["scan 1, attempt 1", "scan 2, attempt 1"]);
    await button(page, "ack scan 1").press("Enter");
    await given(page, "jobs", ["scan 2, attempt 1", "scan 3, attempt 1"]);
    assert.equal(await focused(page), "ack scan 2");
  });

  await check("a job that is given back comes again, and is a dead letter after three attempts", async () => {
    await wearOut(page, "scan 2");
    await given(page, "jobs", ["scan 3, attempt 1"]);
    await button(page, "ack scan 2").click();
    await given(page, "dead", []);
  });

  await check("a consumer that stops gives its jobs back", async () => {
    await button(page, "Stop consumer").click();
    await given(page, "jobs", []);
    await button(page, "Start consumer").click();
    await given(page, "jobs", ["scan 3, attempt 2"]);
    await button(page, "ack scan 3").click();
    await given(page, "jobs", []);
    await button(page, "Stop consumer").click();
  });

  await check("a variable is set, read and watched", async () => {
    const now = (text) => page.locator("#note-value").getByText(text, { exact: true }).waitFor();
    await page.getByLabel("Variable").fill("héllo");
    await button(page, "Set").click();
    await now("héllo");
    await button(page, "Get").click();
    await page.getByText(/^Got héllo · /).waitFor();
    await page.getByLabel("Variable").fill("");
    await button(page, "Set").click();
    await now("nothing");
  });
  await show(page, "Event stream");
}

const answer = async (page) => JSON.parse(await page.textContent("#answer"));
const status = (page, text) => page.locator("#signals-status").filter({ hasText: text }).waitFor();
const heard = (page, label, text) => page.locator("#heard li", { hasText: label }).filter({ hasText: text }).first().waitFor();

async function ask(page, address, celsius, said) {
  await page.locator("#ask-to").fill(address);
  await page.locator("#ask-celsius").fill(String(celsius));
  await button(page, "Ask").click();
  await status(page, said);
}

/** Events, and questions to a service, to the page itself, and to nobody. */
export async function signals(check, page) {
  await show(page, "Signals");
  const address = await page.textContent("#state-detail code");

  await check("an event is emitted, and heard with who it is from", async () => {
    await page.locator("#emit-text").fill("héllo <b>");
    await button(page, "Emit").click();
    await status(page, /^Emitted · [\d.]+ ms$/);
    await heard(page, "Note", '{"text":"héllo <b>"}');
    assert.equal(await page.locator("#heard .muted").first().textContent(), address);
  });

  await check("a service is asked, replies, and announces what has changed", async () => {
    await ask(page, "Thermostat", 21.5, /^Answered by Thermostat · [\d.]+ ms$/);
    const { signalType, messageType, celsius, to, replyTo } = await answer(page);
    assert.deepEqual([signalType, messageType, celsius, to], ["REPLY", "TargetSet", 21.5, address]);
    assert.deepEqual([replyTo.messageType, replyTo.from, replyTo.returnAddress], ["SetTarget", address, "agents"]);
    await heard(page, "Thermostat UPDATED", '"celsius":21.5');
  });

  await check("an ErrorReply is shown with its code, what happened and what to do", async () => {
    await ask(page, "Thermostat", 40, /remote_error.*temperature of a room\. Ask for 15 to 26 °C\./);
    assert.deepEqual([(await answer(page)).signalType, (await answer(page)).code], ["ERROR_REPLY", 422]);
  });

  await check("the page is asked at its own address, and nobody at one that is nobody's", async () => {
    await ask(page, address, 21, /remote_error.*A page has no heating\. Ask Thermostat\./);
    assert.deepEqual([(await answer(page)).from, (await answer(page)).code], [address, 404]);
    await ask(page, "Nobody", 21, /unreachable/);
    assert.equal(await page.textContent("#answer"), "");
  });
  await show(page, "Event stream");
}

const LEFT = ["Render scan 1", "Render scan 2", "Send the report of the last session to its participants"];

/** Leaves something to see in the tab. */
export async function fillQueues(page) {
  await show(page, "Queues");
  await page.getByLabel("Variable").fill("Back at noon");
  await button(page, "Set").click();
  await page.locator("#note-value").getByText("Back at noon").waitFor();
  await button(page, "Start consumer").click();
  await produce(page, LEFT[0]);
  await wearOut(page, LEFT[0]);
  for (const name of LEFT.slice(1)) await produce(page, name);
  await given(page, "jobs", LEFT.slice(1).map((name) => `${name}, attempt 1`));
}

/** Takes away what was left there: a Redis would keep it. */
export async function emptyQueues(page) {
  await show(page, "Queues");
  for (const name of LEFT) await button(page, `ack ${name}`).click();
  for (const list of ["jobs", "dead"]) await given(page, list, []);
}

/** Leaves something to see in the tab. */
export async function fillSignals(page) {
  await show(page, "Signals");
  await page.locator("#emit-text").fill("The gym is free");
  await button(page, "Emit").click();
  await heard(page, "Note", "The gym is free");
  await ask(page, "Thermostat", 21, /^Answered by Thermostat/);
  await heard(page, "Thermostat UPDATED", '"celsius":21');
}
