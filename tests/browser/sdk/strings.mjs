// Strings out of WebAssembly, in both ways that there are of making them.

import assert from "node:assert/strict";
import { FakeServer } from "../../support/fake_server.mjs";
import { deviceEvent, eventFrame } from "../../support/protobuf.mjs";
import { RecordingClient, loadSdk } from "../../support/sdk_page.mjs";

/** Characters of one to four bytes; the last ones of each length, and a byte order mark, too. */
const CHARACTERS = ["a", "é", "龍", "🏃", "\u007f", "\u0080", "\u07ff", "\u0800", "\ufeff", "\uffff", "\u{10000}", "\u{10ffff}"];
/** Around the lengths at which another way is taken: eight bytes, what is kept, a short text, and what the engine alone decodes. */
const LENGTHS = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 88, 95, 96, 300, 400, 420, 440, 511, 512, 513, 8_191, 8_192, 8_193, 33_000];

export async function strings(check, testPage) {
  const names = LENGTHS.flatMap((length) => [...CHARACTERS.map((character) => character.repeat(length)), Array.from({ length }, (_, at) => CHARACTERS[at % CHARACTERS.length]).join("")]);

  for (const [engine, withhold, decoder] of [
    ["an engine with functions of strings for WebAssembly", () => {}, "short"],
    ["one without", () => (WebAssembly.Module.customSections = () => []), "all"],
  ]) {
    await check(`text of characters of every length arrives whole in ${engine}`, async () => {
      const page = await testPage.context().browser().newPage();
      await page.addInitScript(withhold);
      await page.addInitScript(() => {
        globalThis.decoded = 0;
        const { decode } = TextDecoder.prototype;
        TextDecoder.prototype.decode = function (bytes) {
          decoded++;
          return decode.call(this, bytes);
        };
      });
      await page.goto(testPage.url());
      await loadSdk(page, "/package");
      const server = await FakeServer.start();
      const client = await RecordingClient.connect(page, server.url);
      server.send(...names.map((name) => eventFrame(deviceEvent(name))));
      // The first time each is new, the second time it is kept, and then it is known.
      for (const times of [1, 2, 3]) {
        if (times > 1) server.send(...names.map((name) => eventFrame(deviceEvent(name))));
        const events = (await client.heard("events", names.length * times)).slice(-names.length);
        for (const [at, { deviceName }] of events.entries()) assert(deviceName === names[at], `${times} ${names[at].slice(0, 9)} ${names[at].length}`);
      }

      const before = await page.evaluate(() => decoded);
      for (let times = 1; times <= 3; times++) server.send(eventFrame(deviceEvent("Łucja")));
      const events = await client.heard("events", names.length * 3 + 3);
      assert.deepEqual(events.slice(-3).map(({ deviceName }) => deviceName), ["Łucja", "Łucja", "Łucja"]);
      // It is made when it is new and when it is kept.
      assert.equal((await page.evaluate(() => decoded)) - before, decoder === "all" ? 2 : 0);
      await page.close();
    });
  }
}
