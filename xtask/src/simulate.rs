//! Runs the simulator, as it is or against machines with deliberate faults.

mod mutants;

use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

const PROFILE: &str = "simulation";
const PROGRAM: &str = "target/simulation/tera-simulator";

/// Options of `simulate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many seeds to run, from 0
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    seeds: u64,
    /// Run this seed alone, and tell what happens in it
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "mutants", "json"])]
    seed: Option<u64>,
    /// Build the machines with each of the deliberate faults in crates/simulator/mutants, and find a seed that catches it
    #[arg(long, conflicts_with_all = ["seeds", "json"])]
    mutants: bool,
    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs what the options say; an error if a promise of the link is found broken, or a deliberate fault is not found.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.mutants {
        return mutants::run(workspace);
    }
    build(workspace)?;
    let mut command = program(workspace);
    match options.seed {
        Some(seed) => command.args(["--seed", &seed.to_string()]),
        None => command.args(["--seeds", &options.seeds.to_string()]),
    };
    if let Some(path) = &options.json {
        command.arg("--json").arg(std::path::absolute(path)?);
    }
    process::run(&mut command)
}

/// The part of the test suite: 100,000 seeds.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    process::run(program(workspace).args(["--seeds", "100000"]))
}

fn build(workspace: &Workspace) -> Result<()> {
    process::run(workspace.command("cargo").args(["build", "--profile", PROFILE, "-p", "tera-simulator"]))
}

fn program(workspace: &Workspace) -> Command {
    workspace.command(workspace.path(PROGRAM))
}
