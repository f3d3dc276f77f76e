// Builds dist/ from src/ and the WebAssembly modules in wasm/. Called by `cargo xtask build`.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, here));

rmSync(path("dist"), { recursive: true, force: true });
mkdirSync(path("dist"));
const options = { outdir: path("dist"), bundle: true, format: "esm", target: "es2022", minify: true, keepNames: false, logLevel: "warning" };
const paths = (...names) => names.map((name) => path(`src/${name}.ts`));
// Properties that the package's scripts have between themselves, and the same short names for them in all scripts. None of these may be
// in what the package documents, a field of a message, in what it is given, in WebAssembly's imports and exports, or in the browser's
// interfaces.
const INTERNAL = ["accepts", "answered", "connected", "connecting", "dial", "dialFailed", "disconnected", "enter", "enumNumbers", "enums", "failed", "fromJson", "fromTape", "hangup", "happened", "heard", "index", "invalid", "invoked", "isEvent", "isInherited", "isList", "isMap", "isOpen", "isOptional", "isPacked", "iterate", "lengthBytes", "listens", "misuse", "names", "nullable", "receivedText", "renew", "resume", "resync", "returned", "slots", "socketClosed", "submit", "tag", "tapeAnys", "tapeList", "tapeOptional", "tell", "timedOut", "transmit", "waits", "wakeAt", "wellKnown"];
const fields = new Set(readFileSync(path("src/generated/messages.ts"), "utf8").match(/^  \w+(?=\??: )/gm).map((line) => line.trim()));
const renamed = INTERNAL.find((name) => fields.has(name));
if (renamed) throw new Error(`\`${renamed}\` is a field of a message now: take it out of INTERNAL.`);
const LETTERS = "zyxwvutsrqponmlkjihgfedcba_$ZYXWVUTSRQPONMLKJIHGFEDCBA";
const mangleProps = new RegExp(`^(${INTERNAL.join("|")})$`);
const mangleCache = Object.fromEntries(INTERNAL.map((name, index) => [name, LETTERS[index]]));
const external = ["./guard.js", "./patterns.js", "./text.js", "./registration.js", "./inline-registration.js"];
const scripts = { ...options, external, mangleProps, mangleCache, sourcemap: true, loader: { ".wasm": "binary" } };
await build({ ...scripts, entryPoints: paths("index", "signals", "transports", "validation", "contracts", "guard", "patterns", "text", "registration") });
// The modules inside are texts of tens of thousands of characters, and with an error that nobody catches its whole line is shown.
await build({ ...scripts, entryPoints: paths("inline", "inline-registration"), lineLimit: 100 });
await build({ ...options, entryPoints: { cli: path("src/cli/main.ts") }, platform: "node" });
for (const name of ["tera_client.wasm", "registrar.wasm"]) copyFileSync(path(`wasm/${name}`), path(`dist/${name}`));
// Options for messages of an application's own.
mkdirSync(path("dist/proto/tera/rules/v1"), { recursive: true });
copyFileSync(path("../proto/tera/rules/v1/rules.proto"), path("dist/proto/tera/rules/v1/rules.proto"));
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(path(`../${name}`), path(name));
// What it links to in the repository is not in the package.
writeFileSync(path("README.md"), readFileSync(path("../README.md"), "utf8").replace(/\[([^\]]+)\]\((?!https:|#)[^)]+\)/g, "$1"));

const tsc = createRequire(import.meta.url).resolve("typescript/package.json").replace(/package\.json$/, "bin/tsc");
execFileSync(process.execPath, [tsc, "-p", path("tsconfig.json")], { stdio: "inherit" });
// Nobody imports the command.
rmSync(path("dist/cli"), { recursive: true });
