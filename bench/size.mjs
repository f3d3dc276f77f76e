// `cargo xtask size`: a small application with the SDK, bundled and minified, beside the peers.

import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { required } from "../tests/support/environment.mjs";
import { bundle } from "./lib/bundle.mjs";
import { options, save, table } from "./lib/report.mjs";

const PEERS = ["protobufjs", "protobuf-es", "centrifuge", "nats-core", "ably"];
const budgetFile = new URL("../size-budget.json", import.meta.url);
const { json, peers, check } = options();

/** What the files come to, each compressed by itself as a server sends it. */
function measure(name, files) {
  const sum = (size) => files.reduce((total, file) => total + size(Buffer.from(file)), 0);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    bundle: name,
    raw: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
    brotli: sum((file) => brotliCompressSync(file, brotli).length),
  };
}

/** What a page loads to connect, listen, request and call; what comes with the first use of other things is apart. */
async function own() {
  const dist = `${required("TERA_PACKAGE")}/dist`;
  const options = { alias: { "tera-client": `${dist}/index.js` }, external: ["./guard.js", "./patterns.js", "./registration.js", "./text.js"], nodePaths: [] };
  const script = await bundle("src/size/tera-client.js", options);
  return measure("tera-client", [script, await readFile(`${dist}/tera_client.wasm`)]);
}

const rows = [await own()];
if (peers) for (const name of PEERS) rows.push(measure(name, [await bundle(`src/size/${name}.js`)]));
const cells = ({ bundle, raw, gzip, brotli }) => [bundle, raw, gzip, brotli];
table([["bytes", "raw", "gzip", "brotli"], ...rows.map(cells)]);
await save(json, rows);

if (check) {
  const { brotli: budget } = JSON.parse(await readFile(budgetFile, "utf8"));
  const { brotli } = rows[0];
  if (brotli > budget) {
    console.error(`\nThe SDK takes ${brotli} bytes with brotli; the budget is ${budget}. Make it smaller: the budget only goes down.`);
    process.exitCode = 1;
  } else if (brotli < budget) {
    console.log(`\nThe budget is ${budget}. It can be lowered: write {"brotli": ${brotli}} to size-budget.json.`);
  }
}
