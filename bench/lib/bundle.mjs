// Bundles what runs in a page: from here, from the package's sources, and from what the peers' generators made.

import { build } from "esbuild";

const root = new URL("../../", import.meta.url).pathname;

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
