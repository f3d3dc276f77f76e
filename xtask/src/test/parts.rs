//! The parts of the test suite, in the order in which they run: what is cheap and often wrong comes first.

use crate::build;
use crate::codegen;
use crate::fixtures;
use crate::fuzz;
use crate::port::lasting_port;
use crate::process::run;
use crate::redis::Redis;
use crate::setup::{self, Need, WASM_TARGET, python};
use crate::simulate;
use crate::site::{self, GATEWAY, PAGE};
use crate::size;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::process::Command;

/// A named part; `run` meets the part's needs itself.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Workspace) -> Result<()>,
}

pub(crate) const PARTS: &[Part] = &[
    Part { name: "format", run: format },
    Part { name: "codegen", run: |_| codegen::run(true) },
    Part { name: "lint", run: lint },
    Part { name: "docs", run: docs },
    Part { name: "rust", run: rust },
    Part { name: "simulate", run: simulate::check },
    Part { name: "fuzz", run: fuzz::smoke },
    Part { name: "wasm", run: wasm },
    Part { name: "types", run: types },
    Part { name: "package", run: package },
    Part { name: "size", run: size::check },
    Part { name: "compat", run: compat },
    Part { name: "browser", run: browser },
    Part { name: "end_to_end", run: end_to_end },
    Part { name: "contracts", run: contracts },
    Part { name: "faults", run: faults },
];

const TYPE_PROJECTS: [&str; 3] = ["pkg/tsconfig.json", "tests/types/tsconfig.json", "tests/types/examples"];

fn cargo(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = workspace.command("cargo");
    command.args(args);
    command
}

fn format(workspace: &Workspace) -> Result<()> {
    run(&mut cargo(workspace, &["fmt", "--all", "--check"]))
}

fn lint(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::WasmTarget])?;
    run(&mut cargo(workspace, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    let wasm = ["clippy", "--target", WASM_TARGET];
    let client = ["-p", "tera-client", "--all-targets", "--", "-D", "warnings"];
    run(&mut cargo(workspace, &[&wasm[..], &client].concat()))?;
    let modules = ["-p", "tera-abi", "-p", "tera-module", "-p", "tera-registrar", "--", "-D", "warnings"];
    run(&mut cargo(workspace, &[&wasm[..], &modules].concat()))
}

fn docs(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::WasmTarget])?;
    let strict = |args: &[&str]| run(cargo(workspace, args).env("RUSTDOCFLAGS", "-D warnings"));
    strict(&["doc", "--no-deps", "--workspace"])?;
    let packages = ["-p", "tera-client", "-p", "tera-abi", "-p", "tera-module", "-p", "tera-registrar"];
    strict(&[&["doc", "--no-deps", "--target", WASM_TARGET], &packages[..]].concat())
}

fn rust(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::Redis])?;
    let redis = Redis::start(workspace)?;
    run(cargo(workspace, &["test", "--workspace"]).env("TERA_TEST_REDIS_URL", redis.url()))
}

fn wasm(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::WasmTarget, Need::CargoTools, Need::Chromium])?;
    site::build_gateway(workspace)?;
    let page = format!("127.0.0.1:{}", lasting_port()?);
    let origin = format!("http://{page}");
    let arguments = ["--demo", "--allow-origin", &origin, "--listen", "127.0.0.1:0"];
    let (_gateway, url) = site::start_gateway(workspace, &arguments)?;
    let driver = workspace.find("chromedriver").context("chromedriver is not on PATH")?;
    let mut command = workspace.command("wasm-pack");
    // The driver is named, because wasm-pack would download one of another version than Chromium's.
    command.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(driver);
    run(command.env("WASM_BINDGEN_TEST_ADDRESS", page).env("TERA_TEST_GATEWAY", url))?;
    // In Node: it needs neither page nor gateway.
    run(&mut cargo(workspace, &["test", "-p", "tera-simulator", "--test", "seeds", "--target", WASM_TARGET]))
}

fn types(workspace: &Workspace) -> Result<()> {
    build::ensure(workspace)?;
    let cli = workspace.path(build::UNPACKED).join("dist/cli.js");
    let types = workspace.path("target/fixtures/acme.d.ts");
    let set = fixtures::descriptor_set(workspace)?;
    run(workspace.command("node").arg(cli).arg("types").arg(set).arg("-o").arg(types))?;
    let examples = workspace.path("target/examples");
    run(workspace.command("node").arg("tests/types/examples.mjs").arg(examples))?;
    for project in TYPE_PROJECTS {
        run(workspace.command("tsc").args(["--strict", "--noEmit", "--project", project]))?;
    }
    Ok(())
}

fn package(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::Chromium])?;
    build::ensure(workspace)?;
    run(&mut script(workspace, "node", "tests/packaging/run.mjs")?)
}

fn compat(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::Python])?;
    build::ensure(workspace)?;
    run(&mut cargo(workspace, &["build", "-p", "tera-protocol", "--example", "compat_peer"]))?;
    let python = python::interpreter(workspace)?;
    run(script(workspace, python, "tests/compat/run.py")?
        .env("TERA_COMPAT_PEER", workspace.path("target/debug/examples/compat_peer")))
}

fn browser(workspace: &Workspace) -> Result<()> {
    against_gateway(workspace, "tests/browser/run.mjs")
}

fn end_to_end(workspace: &Workspace) -> Result<()> {
    against_gateway(workspace, "tests/end_to_end/run.mjs")
}

fn contracts(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::Chromium, Need::Redis])?;
    build::ensure(workspace)?;
    site::build_gateway(workspace)?;
    for what in [
        &["-p", "tera-contracts", "-p", "thermostat"][..],
        &["-p", "tera-service", "--example", "trial_server"],
    ] {
        run(&mut cargo(workspace, &[&["build"], what].concat()))?;
    }
    run(script(workspace, "node", "tests/contracts/run.mjs")?
        .env("TERA_CONTRACTS", workspace.path("target/debug/tera-contracts"))
        .env("TERA_THERMOSTAT", workspace.path("target/debug/thermostat"))
        .env("TERA_TRIAL_SERVER", workspace.path("target/debug/examples/trial_server")))
}

fn faults(workspace: &Workspace) -> Result<()> {
    against_gateway(workspace, "tests/faults/run.mjs")
}

fn against_gateway(workspace: &Workspace, path: &str) -> Result<()> {
    setup::ensure(workspace, &[Need::Chromium, Need::Redis, Need::Python])?;
    build::ensure(workspace)?;
    site::build_gateway(workspace)?;
    site::install_page(workspace)?;
    run(script(workspace, "node", path)?
        .env("TERA_PYTHON", python::interpreter(workspace)?)
        .env("TERA_SITE", workspace.path(PAGE)))
}

/// A command that runs a test script; a script that is not there is a failure.
fn script(workspace: &Workspace, interpreter: impl AsRef<std::ffi::OsStr>, path: &str) -> Result<Command> {
    if !workspace.path(path).is_file() {
        bail!("{path} is missing");
    }
    let mut command = workspace.command(interpreter);
    command.arg(path);
    set_environment(workspace, &mut command)?;
    Ok(command)
}

/// Tells a test script where the things are that it tests and needs.
pub(crate) fn set_environment(workspace: &Workspace, command: &mut Command) -> Result<()> {
    let artifacts = workspace.path("target/artifacts");
    fs::create_dir_all(&artifacts)?;
    command
        .env("TERA_GATEWAY", workspace.path(GATEWAY))
        .env("TERA_TARBALL", workspace.path(build::TARBALL))
        .env("TERA_PACKAGE", workspace.path(build::UNPACKED))
        .env("TERA_DESCRIPTOR_SET", fixtures::descriptor_set(workspace)?)
        .env("TERA_ARTIFACTS", artifacts);
    for (name, program) in
        [("CHROMIUM", workspace.find("chromium")), ("TERA_REDIS_SERVER", workspace.find("redis-server"))]
    {
        command.envs(program.map(|path| (name, path)));
    }
    Ok(())
}
