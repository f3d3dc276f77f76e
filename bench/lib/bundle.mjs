// Bundles what runs in a page: from here, from the package's sources, and from what the peers' generators made.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { required } from "../../tests/support/environment.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The text of one minified script; `options` go to esbuild. */
export async function bundle(entry, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [`${root}bench/${entry}`],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    nodePaths: [`${root}bench/node_modules`],
    alias: { generated: `${root}target/bench/generated`, "tera/src": `${root}pkg/src` },
    logLevel: "error",
    ...options,
  });
  return outputFiles[0].text;
}

/** The module of the package's last build. */
export const wasmPath = `${root}pkg/wasm/tera_client.wasm`;

/** The packed package: where its module is, and what a bundle that imports it needs. */
export const packagedWasm = () => `${required("TERA_PACKAGE")}/dist/tera_client.wasm`;
export const packaged = () => ({ alias: { "tera-client": `${required("TERA_PACKAGE")}/dist/index.js` } });
