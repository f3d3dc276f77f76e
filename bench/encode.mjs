// `cargo xtask bench encode`: objects to the frame of a message, which a request wraps once more, us and the peers in one page.

import { closeAll } from "../tests/support/closing.mjs";
import { SESSION, WELCOME } from "../tests/support/fake_server.mjs";
import { Browser } from "./lib/browser.mjs";
import { bundle, wasmPath } from "./lib/bundle.mjs";
import { allCases } from "./lib/cases.mjs";
import { openScript } from "./lib/page.mjs";
import { figure, options, save, table, verdicts } from "./lib/report.mjs";

const { json, rounds } = options();
const CONTESTANTS = ["tera", "protobufjs", "protobuf-es", "pbf", "ts-proto"];

try {
  const page = await openScript(await Browser.launch(), await bundle("src/encode.js"), wasmPath);
  const rows = [];
  const lines = [["microseconds a message", ...CONTESTANTS]];
  const goals = [];
  for (const each of allCases()) {
    const result = await page.evaluate((all) => raceCase(...all), [each, rounds, [WELCOME, SESSION].map((frame) => frame.toString("base64"))]);
    const { case: name, events, text } = each;
    for (const contestant of CONTESTANTS) rows.push({ case: name, events, text, contestant, micros: result[contestant] });
    lines.push([`${name} ${events} ${text}`, ...CONTESTANTS.map((contestant) => figure(result[contestant]))]);
    goals.push([`${name} ${events} ${text} vs protobufjs`, result.protobufjs / result.tera, "≥", 2]);
  }
  table(lines);
  verdicts("Goals", goals);
  await save(json, rows);
} finally {
  await closeAll();
}
