// Bundles what runs in a page: from here, from the package's sources, and from what the peers' generators made.

import { build } from "esbuild";

const root = new URL("../../", import.meta.url).pathname;

/** The package's sources import the module of its build; the benchmarks' one takes its place. */
const benchModule = {
  name: "bench-module",
  setup({ onResolve }) {
    onResolve({ filter: /^(\.\.\/wasm\/tera_client\.js|tera\/wasm)$/ }, () => ({ path: `${root}target/bench/wasm/tera_client.js` }));
  },
};

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

/** {@link bundle} over the module with the benchmark exports. */
export const bundleForBench = (entry) => bundle(entry, { plugins: [benchModule] });

export const wasmPath = `${root}target/bench/wasm/tera_client_bg.wasm`;
