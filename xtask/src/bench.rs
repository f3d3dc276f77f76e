//! Measures the SDK against its peers, in a headless Chromium. Speed never makes these commands fail; wrong objects do.

pub(crate) mod peers;

use crate::build;
use crate::process::{run, run_quietly};
use crate::progress::step;
use crate::setup::{self, Need};
use crate::test;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::{self, PathBuf};

/// The profile that the gateway is measured in; its own.
const PROFILE: &str = "server";
/// What sends frames at full rate.
const FIREHOSE: &str = "target/server/examples/firehose";
const NEEDS: &[Need] = &[Need::Npm, Need::Peers, Need::Chromium];
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
    build::ensure(workspace)?;
    if matches!(command, Command::Receive(_) | Command::Memory(_)) {
        step("firehose", "building", || build_firehose(workspace))?;
    }
    let mut node = workspace.command("node");
    node.arg(script).arg(format!("--rounds={}", options.rounds));
    if let Some(file) = &options.json {
        node.arg("--json").arg(path::absolute(file)?);
    }
    test::set_environment(workspace, &mut node)?;
    node.env("TERA_FIREHOSE", workspace.path(FIREHOSE)).env("TERA_BENCH", workspace.path("target/bench"));
    run(&mut node)
}

fn build_firehose(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.command("cargo");
    run_quietly(cargo.args(["build", "--profile", PROFILE, "-p", "tera-gateway", "--example", "firehose"]))
}
