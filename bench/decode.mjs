// `cargo xtask bench decode`: frames to complete objects, us and the peers in one page.

import { closeAll } from "../tests/support/closing.mjs";
import { PLAIN_GREETING } from "../tests/support/fake_server.mjs";
import { Browser } from "./lib/browser.mjs";
import { bundle, wasmPath } from "./lib/bundle.mjs";
import { allCases, newCases } from "./lib/cases.mjs";
import { openScript } from "./lib/page.mjs";
import { figure, options, save, table, verdicts } from "./lib/report.mjs";

const { json, rounds } = options();
const CONTESTANTS = ["tera", "protobufjs", "protobuf-es", "pbf", "ts-proto", "json-parse", "floor"];

/** Rows of all cases for one input, printed as they come. */
async function raceAll(page, cases, input) {
  const rows = [];
  const lines = [["", ...CONTESTANTS, "client"]];
  for (const each of cases) {
    const { result } = await page.evaluate(([each, input, rounds]) => raceCase(each, input, rounds), [each, input, rounds]);
    const client = await page.evaluate((all) => raceClient(...all), [each, input, rounds, PLAIN_GREETING]);
    const { case: name, events, text } = each;
    for (const [contestant, micros] of Object.entries(result)) rows.push({ case: name, events, text, input, contestant, micros });
    const cells = CONTESTANTS.map((contestant) => (contestant in result ? figure(result[contestant]) : ""));
    lines.push([`${name} ${events} ${text}`, ...cells, figure(client)]);
    process.stderr.write(`${input} ${name} ${events} ${text}\n`);
  }
  console.log(`\n${input} in, microseconds a frame (client: the whole client over a played socket)`);
  table(lines);
  return rows;
}

/** One contestant's time over another's, for each of the cases chosen. */
function ratios(rows, input, events, text, over, under) {
  const micros = (contestant, row) => rows.find((other) => other.contestant === contestant && ["case", "events", "text", "input"].every((key) => other[key] === row[key])).micros;
  const own = rows.filter((row) => row.contestant === "tera" && row.input === input && row.events === events && (!text || row.text === text));
  return own.map((row) => [row, micros(over, row) / micros(under, row)]);
}

function goals(rows) {
  const list = [];
  const add = (contestant, events, text, limit, relation = "≥", input = "binary") => {
    const pair = relation === "≥" ? [contestant, "tera"] : ["tera", contestant];
    for (const [row, ratio] of ratios(rows, input, events, text, ...pair)) {
      list.push([`${input} ${row.case} ${events} ${row.text} vs ${contestant}`, ratio, relation, limit]);
    }
  };
  add("protobufjs", 100, "ascii", 6);
  add("protobufjs", 100, "unicode", 5);
  add("protobufjs", 1, undefined, 2.5);
  add("json-parse", 100, "ascii", 3);
  add("json-parse", 100, "unicode", 2);
  add("json-parse", 1, undefined, 1.8);
  add("protobuf-es", 100, undefined, 12);
  add("protobuf-es", 1, undefined, 5);
  add("floor", 100, undefined, 1.5, "≤");
  for (const events of [100, 10, 1]) add("json-parse", events, undefined, 1.25, "≤", "json");
  return list;
}

try {
  const browser = await Browser.launch();
  const page = await openScript(browser, await bundle("src/decode.js"), wasmPath);
  const cases = allCases();
  const rows = [...(await raceAll(page, [...cases, ...newCases()], "binary")), ...(await raceAll(page, cases, "json"))];
  verdicts("Goals", goals(rows));
  await save(json, rows);
} finally {
  await closeAll();
}
