// The packed package as a user gets it: what is in it, and that each entry point works.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { runChecks } from "../support/checks.mjs";
import { launch } from "../support/chromium.mjs";
import { atEnd } from "../support/closing.mjs";
import { required } from "../support/environment.mjs";
import { FakeServer, PLAIN_GREETING } from "../support/fake_server.mjs";
import { temporaryFolder } from "../support/temporary.mjs";
import { clients } from "./clients.mjs";
import { json } from "./json.mjs";
import { transports } from "./transports.mjs";

const root = required("TERA_PACKAGE");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** A project that has the package installed. */
function project() {
  const dir = temporaryFolder("package");
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(root, join(dir, "node_modules", "tera-client"));
  return dir;
}

const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** Runs a script with Node in a directory. */
function run(cwd, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Runs the package's command. */
function command(cwd, ...args) {
  return run(cwd, [join(root, manifest.bin["tera-client"]), ...args]);
}

function* targets(node) {
  if (typeof node === "string") yield node;
  else for (const each of Object.values(node)) yield* targets(each);
}

/** A socket that greets as a plain server does. */
class GreetingSocket {
  constructor() {
    setTimeout(() => this.onmessage({ data: PLAIN_GREETING }));
  }

  close() {}
}

/** Serves a directory, with a strict Content-Security-Policy, and gives its address. */
async function serve(dir, policy) {
  const server = createServer((request, response) => {
    const path = join(dir, new URL(request.url, "http://x").pathname);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain", "content-security-policy": policy });
    response.end(readFileSync(path));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** Opens a page and gives the title that its script sets, with the errors it met. */
async function titleOf(browser, url) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  await page.waitForFunction(() => document.title !== "", undefined, { timeout: 15_000 }).catch(() => {});
  const title = await page.title();
  await page.close();
  return { title, errors };
}

const SET = readFileSync(required("TERA_DESCRIPTOR_SET"));

/** A script that uses both modules: it connects, and registers messages. */
const app = (entry, url) => `
  import { connect, init } from "${entry}";
  init()
    .then(() => connect("${url}"))
    .then((client) => client.register(new Uint8Array([${[...SET]}])))
    .then(() => (document.title = "registered"))
    .catch((error) => (document.title = error.code));
`;

await runChecks(async (check) => {
  await check("the tarball holds what is needed and nothing else", () => {
    const allowed = /^(package\.json|README\.md|LICENSE-(MIT|APACHE)|dist\/proto\/tera\/rules\/v1\/rules\.proto|dist\/(index|inline|signals|transports|validation|contracts|guard|patterns|text|registration|inline-registration)\.js(\.map)?|dist\/cli\.js|dist\/(tera_client|registrar)\.wasm|dist\/.*\.d\.ts)$/;
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    assert.deepEqual(files.filter((file) => !allowed.test(file)), []);
    for (const file of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) assert.ok(files.includes(file), file);
    const links = readFileSync(join(root, "README.md"), "utf8").match(/\]\([^)]+\)/g);
    assert.deepEqual(links.filter((link) => !/^\]\((https:|#)/.test(link)), [], "it links to what is not in the package");
  });

  await check("every target of `exports` exists and the conditions are in their order", () => {
    for (const target of targets(manifest.exports)) assert.ok(existsSync(join(root, target)), target);
    assert.deepEqual(Object.keys(manifest.exports["."]), ["types", "workerd", "browser", "node", "default"]);
  });

  await check("the Node.js that runs these tests is one that the package says it runs on", () => {
    const [, ...least] = /^>=(\d+)\.(\d+)$/.exec(manifest.engines.node).map(Number);
    const [major, minor] = process.versions.node.split(".").map(Number);
    assert(major > least[0] || (major === least[0] && minor >= least[1]), `${process.version} is not ${manifest.engines.node}`);
  });

  await check("a failed load is a typed error and can be tried again", async () => {
    const { init } = await import(pathToFileURL(join(root, "dist/index.js")));
    await assert.rejects(init(new Uint8Array([1, 2, 3])), { name: "TeraError", code: "not_loaded" });
    await init(readFileSync(join(root, "dist/tera_client.wasm")));
    await init();
  });

  await check("a compiled module is taken as well", async () => {
    const module = await WebAssembly.compile(readFileSync(join(root, "dist/tera_client.wasm")));
    const { init } = await import(`${pathToFileURL(join(root, "dist/index.js"))}?again`);
    await init(module);
  });

  await check("frames of all lengths are copied to a place that is a multiple of 64, where copying is fast", async () => {
    const module = await WebAssembly.compile(readFileSync(join(root, "dist/tera_client.wasm")));
    const imports = Object.fromEntries(WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").map(({ name }) => [name, () => 0]));
    const { exports } = await WebAssembly.instantiate(module, { h: imports });
    for (const length of [0, 1, 1_000, 65_400, 65_536, 1_000_000, 10]) {
      const at = exports.i(length);
      assert.equal(at % 64, 0, `${length}`);
      // There is room for all of it.
      new Uint8Array(exports.memory.buffer, at, length).fill(1);
    }
  });

  await check("Node resolves the entry that carries the module inside", async () => {
    const dir = project();
    const script = join(dir, "app.mjs");
    writeFileSync(script, `export * from "tera-client";`);
    const { init, connect } = await import(pathToFileURL(script));
    await init();
    await assert.rejects(connect(7), { code: "invalid_argument" });
    globalThis.WebSocket = GreetingSocket;
    const client = await connect("ws://127.0.0.1/");
    await client.register(SET);
    await assert.rejects(client.register(SET.subarray(1)), { code: "invalid_argument" });
    client.close();
  });

  await check("an error that nobody catches is shown in lines that can be read", () => {
    const dir = project();
    writeFileSync(join(dir, "app.mjs"), `import { connect } from "tera-client"; await connect(7);`);
    const { stderr } = run(dir, ["app.mjs"]);
    assert.match(stderr, /TeraError.*: The URL must be/);
    assert(stderr.split("\n").every((line) => line.length < 500), stderr);
  });

  await check("validation works by itself, and its options come with the package", async () => {
    const dir = project();
    const script = join(dir, "app.mjs");
    writeFileSync(script, `export * from "tera-client/validation";`);
    const { violations } = await import(pathToFileURL(script));
    const found = violations({ $type: "StopSessionEvent", serviceUuid: "x" });
    assert.deepEqual(found.map(({ path, rule }) => [path, rule]), [["sessionUuid", "required"], ["serviceUuid", "uuid"]]);
    assert.match(readFileSync(join(root, "dist/proto/tera/rules/v1/rules.proto"), "utf8"), /extend google\.protobuf\.FieldOptions/);
  });

  await check("a registrar that can't be loaded is a typed error, and registering can be tried again", async () => {
    const { connect, init } = await import(`${pathToFileURL(join(root, "dist/index.js"))}?registrar`);
    await init(readFileSync(join(root, "dist/tera_client.wasm")));
    const client = await connect("ws://127.0.0.1/");
    await assert.rejects(client.register(SET, new Uint8Array([1, 2, 3])), { code: "not_loaded" });
    const twice = await Promise.all([client.register(SET, readFileSync(join(root, "dist/registrar.wasm"))), client.register(SET)]);
    assert.deepEqual(twice, [undefined, undefined]);
    client.close();
    await assert.rejects(client.register(SET), { code: "closed" });
  });

  await check("the command writes types that make a wrong use of a registered message an error", async () => {
    const dir = project();
    const set = required("TERA_DESCRIPTOR_SET");
    assert.deepEqual(command(dir, "types", set, "-o", "acme.d.ts"), { status: 0, stdout: "", stderr: "" });
    assert.equal(command(dir, "types", set).stdout, readFileSync(join(dir, "acme.d.ts"), "utf8"));
    const options = { module: "NodeNext", target: "ES2022", lib: ["ES2023", "DOM", "ESNext.Disposable"], types: [], strict: true, noEmit: true };
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    writeFileSync(join(dir, "package.json"), `{"type": "module"}`);
    const use = (field) => `import type { Client } from "tera-client/inline";
      export const listen = (client: Client) => client.on("acme.Measured", (event) => void (event.${field} satisfies string));`;
    writeFileSync(join(dir, "app.ts"), use("sensor"));
    assert.deepEqual(run(dir, [tsc, "-p", dir]), { status: 0, stdout: "", stderr: "" });
    writeFileSync(join(dir, "app.ts"), use("sensors"));
    assert.match(run(dir, [tsc, "-p", dir]).stdout, /Property 'sensors' does not exist/);
  });

  await check("the command says what it can't do, in a line, and by its exit code", async () => {
    const dir = project();
    writeFileSync(join(dir, "text.proto"), 'syntax = "proto3";');
    writeFileSync(join(dir, "empty.binpb"), "");
    for (const file of ["nowhere.binpb", "text.proto", "empty.binpb", "."]) {
      const { status, stdout, stderr } = command(dir, "types", file, "-o", "out.d.ts");
      assert.deepEqual([status, stdout], [1, ""], stderr);
      assert(stderr.startsWith(`${file}: `) && stderr.trim().split("\n").length === 1, stderr);
    }
    assert(!existsSync(join(dir, "out.d.ts")));
    for (const wrong of [[], ["types"], ["typo", "a"], ["types", "a", "b"], ["types", "a", "-o"], ["types", "--all"]]) {
      const { status, stderr } = command(dir, ...wrong);
      assert.deepEqual([status, stderr.startsWith("usage: ")], [2, true], wrong.join(" "));
    }
    const { status, stdout } = command(dir, "--help");
    assert.deepEqual([status, stdout.startsWith("usage: ")], [0, true]);
  });

  await json(check, root);
  await transports(check, root);
  await clients(check, root);

  const browser = await launch();
  const server = await FakeServer.start(PLAIN_GREETING);
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ";

  await check("a page imports the package without a bundler, under a strict policy", async () => {
    const dir = temporaryFolder("page");
    symlinkSync(join(root, "dist"), join(dir, "dist"));
    writeFileSync(join(dir, "app.js"), app("./dist/index.js", server.url));
    writeFileSync(join(dir, "index.html"), `<link rel="icon" href="data:,"><script type="module" src="app.js"></script>`);
    const origin = await serve(dir, `${policy} 'self' ${server.url}; img-src data:`);
    const { title, errors } = await titleOf(browser, `${origin}/index.html`);
    assert.equal(title, "registered", errors.join("\n"));
  });

  await check("the inline entry works bundled, where nothing may be fetched", async () => {
    const dir = project();
    writeFileSync(join(dir, "app.js"), app("tera-client/inline", server.url));
    await build({ entryPoints: [join(dir, "app.js")], outfile: join(dir, "out.js"), bundle: true, format: "iife", logLevel: "error" });
    writeFileSync(join(dir, "index.html"), `<link rel="icon" href="data:,"><script src="out.js"></script>`);
    const origin = await serve(dir, `${policy} ${server.url}; img-src data:`);
    const { title, errors } = await titleOf(browser, `${origin}/index.html`);
    assert.equal(title, "registered", errors.join("\n"));
    const fromFile = await titleOf(browser, String(pathToFileURL(join(dir, "index.html"))));
    assert.equal(fromFile.title, "registered", fromFile.errors.join("\n"));
  });
});
