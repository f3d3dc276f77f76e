//! Measures the SDK against its peers, in a headless Chromium. Speed never makes these commands fail; wrong objects do.

pub(crate) mod peers;

use crate::build;
use crate::fingerprint::Fingerprint;
use crate::process::run;
use crate::progress::step;
use crate::setup::{self, Need, WASM_TARGET};
use crate::test;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;
use std::path::{self, PathBuf};

const NEEDS: &[Need] = &[Need::WasmTarget, Need::CargoTools, Need::Npm, Need::Peers, Need::Chromium];
/// The module with the exports that only benchmarks use.
const MODULE: &str = "target/bench/wasm";
/// What the module is made of.
const INPUTS: [&str; 6] =
    ["src", "crates/protocol", "Cargo.toml", "Cargo.lock", "xtask/src/build.rs", "xtask/src/bench.rs"];

/// What `bench` measures.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Bytes or JSON text to complete objects
    Decode(Options),
    /// Objects to the bytes of a request
    Encode(Options),
    /// Frames through a websocket at full rate, and the first event after a page load
    Receive(Options),
    /// A million frames through one client: what they leave in memory
    Memory(Options),
}

/// Options of all benchmarks.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write the figures to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How often each contestant is measured; the median counts
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(7..))]
    rounds: u32,
}

/// Measures after meeting the needs.
pub(crate) fn measure(workspace: &Workspace, command: &Command) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    peers::ensure(workspace)?;
    let (script, options) = match command {
        Command::Decode(options) => ("bench/decode.mjs", options),
        Command::Encode(options) => ("bench/encode.mjs", options),
        Command::Receive(options) => ("bench/receive.mjs", options),
        Command::Memory(options) => ("bench/memory.mjs", options),
    };
    match command {
        Command::Decode(_) | Command::Encode(_) => module(workspace)?,
        Command::Receive(_) | Command::Memory(_) => build::ensure(workspace)?,
    }
    let mut node = workspace.command("node");
    node.arg(script).arg(format!("--rounds={}", options.rounds));
    if let Some(file) = &options.json {
        node.arg("--json").arg(path::absolute(file)?);
    }
    test::set_environment(workspace, &mut node)?;
    run(&mut node)
}

/// Builds the module as the package has it, with the exports for benchmarks.
fn module(workspace: &Workspace) -> Result<()> {
    let rustc = workspace.output("rustc", &["--version"])?;
    let inputs = INPUTS.map(|name| workspace.path(name));
    let fingerprint = Fingerprint::of(&[&rustc, WASM_TARGET], &inputs, &[])?;
    let stamp = workspace.path("target/bench/stamp");
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    step("wasm", "building the module with its benchmark exports", || {
        build::compile(workspace, &workspace.path(MODULE), false, &["--features", "bench"])?;
        build::optimise(workspace, &workspace.path(MODULE))
    })?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}
