// Contracts from end to end: what the generator writes compiles, and its TypeScript client calls its Rust server through
// the gateway, on Redis and on a bus within one process. The example's page does so too.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import WebSocket from "ws";
import { runChecks } from "../support/checks.mjs";
import { launch, openPage } from "../support/chromium.mjs";
import { required } from "../support/environment.mjs";
import { start } from "../support/processes.mjs";
import { message } from "../support/protobuf.mjs";
import { startGateway, startRedis } from "../support/servers.mjs";
import { temporaryFolder } from "../support/temporary.mjs";
import { calls } from "./calls.mjs";
import { losses } from "./losses.mjs";

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CONFIG = root("tests/contracts/gateway.toml");
const THERMOSTAT = root("examples/thermostat");
const COMPILER = { target: "es2022", module: "nodenext", strict: true, noEmit: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true };

// Node has one of its own from version 22 on.
globalThis.WebSocket ??= WebSocket;

/** Runs a program in a directory. */
function run(cwd, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A project with the package installed. */
function project() {
  const dir = temporaryFolder("contracts");
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(required("TERA_PACKAGE"), join(dir, "node_modules", "tera-client"));
  writeFileSync(join(dir, "package.json"), `{"type": "module"}`);
  const lib = ["ES2023", "DOM", "DOM.Iterable", "ESNext.Disposable"];
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...COMPILER, lib, types: [] }, include: ["*.ts"] }));
  return dir;
}

const generate = (cwd, ...args) => run(cwd, required("TERA_CONTRACTS"), ...args);
const compile = (dir) => run(dir, process.execPath, root("node_modules/typescript/bin/tsc"), "-p", ".");

await runChecks(async (check) => {
  const dir = project();
  await generation(check, dir);

  const outfile = join(dir, "calls.mjs");
  await build({ entryPoints: [join(dir, "calls.ts")], bundle: true, format: "esm", platform: "node", outfile, logLevel: "error" });
  const sdk = await import(pathToFileURL(outfile));
  const redis = await startRedis();
  const service = await start(required("TERA_TRIAL_SERVER"), [redis.url], { ready: /^serving/ });
  const launchGateway = () => startGateway("--config", CONFIG, "--redis", redis.url);
  const gateway = await launchGateway();
  await calls(check, sdk, "on Redis", gateway.url);
  await losses(check, sdk, { gateway, launchGateway, service });
  const { match } = await start(required("TERA_TRIAL_SERVER"), [CONFIG], { ready: /^listening on (http:\S+)/ });
  await calls(check, sdk, "in one process", match[1]);

  await example(check, redis);
});

async function generation(check, dir) {
  await check("one command writes TypeScript and Rust", () => {
    const contract = root("crates/service/tests/service/trial.proto");
    const written = generate(dir, contract, "-I", root("proto"), "--typescript", ".", "--rust", "rust");
    assert.deepEqual(written, { status: 0, stdout: "", stderr: "" });
    const committed = (name) => readFileSync(root(`crates/service/tests/service/contract/${name}`), "utf8");
    for (const name of ["mod.rs", "trial.v1.rs"]) assert.equal(readFileSync(join(dir, "rust", name), "utf8"), committed(name));
  });

  await check("the TypeScript passes the compiler's strict mode, and wrong uses don't", () => {
    copyFileSync(root("tests/contracts/calls.ts"), join(dir, "calls.ts"));
    assert.deepEqual(compile(dir), { status: 0, stdout: "", stderr: "" });
  });

  await check("where the package is not installed, the command says what to do", () => {
    const { status, stderr } = generate(tmpdir(), join(THERMOSTAT, "thermostat.proto"), "--typescript", tmpdir());
    assert.equal(status, 1);
    assert.match(stderr, /npm install tera-client/);
  });

  await check("the package's own command refuses streams from the client, and sets without a service", () => {
    const cli = join(dir, "node_modules/tera-client/dist/cli.js");
    const { status, stderr } = run(dir, process.execPath, cli, "contract", required("TERA_DESCRIPTOR_SET"));
    assert.equal(status, 1);
    assert.match(stderr, /no `service`/);
    const method = (name, ...more) => [2, message([1, name], [2, ".p.M"], [3, ".p.M"], ...more)];
    const service = (name, ...methods) => [6, message([1, name], ...methods)];
    const file = (...services) => message([1, "a.proto"], [2, "p"], [4, message([1, "M"])], ...services, [12, "proto3"]);
    for (const [services, expected] of [
      [[service("S", method("F", [5, 1]))], /p\.S\.F streams from the client/],
      [[service("S", method("GetX"), method("Get_x"))], /p\.S\.Get_x has the name of another method/],
      [[service("S", method("Constructor"))], /p\.S\.Constructor has a name that generated clients need/],
      [[service("S", method("F")), service("S", method("F"))], /Two services would have a client named SClient/],
    ]) {
      writeFileSync(join(dir, "refused.binpb"), message([1, file(...services)]));
      const refused = run(dir, process.execPath, cli, "contract", "refused.binpb");
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, expected);
    }
  });

  await check("messages may be named as what a contract's file uses", () => {
    const cli = join(dir, "node_modules/tera-client/dist/cli.js");
    const names = ["Client", "Init", "RequestOptions", "Service", "DESCRIPTORS", "Promise", "AsyncGenerator", "SClient"];
    const messages = names.map((name) => [4, message([1, name])]);
    const methods = names.map((name) => [2, message([1, `Get${name}`], [2, `.${name}`], [3, `.${name}`], [6, 1])]);
    const set = message([1, message([1, "a.proto"], ...messages, [6, message([1, "S"], ...methods)], [12, "proto3"])]);
    writeFileSync(join(dir, "names.binpb"), set);
    assert.deepEqual(run(dir, process.execPath, cli, "contract", "names.binpb", "-o", "names.ts"), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(compile(dir), { status: 0, stdout: "", stderr: "" });
  });
}

async function example(check, redis) {
  const dir = project();
  const www = join(dir, "www");

  await check("the example's page is what its contract says, and compiles", async () => {
    assert.deepEqual(generate(dir, join(THERMOSTAT, "thermostat.proto"), "--typescript", "."), { status: 0, stdout: "", stderr: "" });
    const [written, committed] = [dir, join(THERMOSTAT, "page")].map((place) => readFileSync(join(place, "thermostat.ts"), "utf8"));
    const command = "cargo run -p tera-contracts -- examples/thermostat/thermostat.proto --typescript examples/thermostat/page";
    assert.equal(written, committed, `it differs from its contract: run \`${command}\``);
    copyFileSync(join(THERMOSTAT, "page/page.ts"), join(dir, "page.ts"));
    assert.deepEqual(compile(dir), { status: 0, stdout: "", stderr: "" });
    await build({ entryPoints: [join(dir, "page.ts")], bundle: true, format: "esm", outdir: www, logLevel: "error" });
    copyFileSync(join(THERMOSTAT, "page/index.html"), join(www, "index.html"));
  });

  await check("it shows the kitchen's temperature, and what the service says of a wrong target", async () => {
    await start(required("TERA_THERMOSTAT"), ["--redis", redis.url], { ready: /^serving/ });
    const config = ["--config", join(THERMOSTAT, "gateway.toml"), "--redis", redis.url];
    const { url } = await startGateway(...config, "--www", www);
    const { page } = await openPage(await launch(), url);
    await page.locator("#now").filter({ hasText: /^19\.\d °C, heating up to 21/ }).waitFor();
    const first = await page.textContent("#now");
    await page.waitForFunction((first) => document.querySelector("#now").textContent !== first, first);
    await page.fill("#target", "99");
    await page.getByRole("button", { name: "Set" }).click();
    await page.locator("#failure").filter({ hasText: "Choose 5 to 30 °C." }).waitFor();
    await page.fill("#target", "5");
    await page.getByRole("button", { name: "Set" }).click();
    await page.locator("#now").filter({ hasText: /°C, cooling down to 5/ }).waitFor();
    assert.equal(await page.textContent("#failure"), "");
  });
}
