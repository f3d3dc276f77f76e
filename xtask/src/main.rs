//! Every developer command of the workspace: `cargo xtask help` lists them.
//!
//! This file only dispatches; each command is a module. It runs on Unix systems.

#![expect(clippy::print_stdout, reason = "telling the developer what happens is this program's job")]

mod bench;
mod build;
mod codegen;
mod demo;
mod fingerprint;
mod fixtures;
mod fuzz;
mod lock;
mod port;
mod process;
mod progress;
mod redis;
mod setup;
mod simulate;
mod site;
mod size;
mod test;
mod workspace;

use clap::Parser;
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Developer commands of the Tera Client workspace")]
enum Command {
    /// Install everything that the other commands need, where it is missing
    Setup,
    /// Build the npm package and pack it into target/npm/tera-client.tgz
    Build(build::Options),
    /// Run all parts of the test suite, or one
    Test(test::Options),
    /// Build everything, start a gateway with simulated people and devices, and serve the demo page
    Demo(demo::Options),
    /// Feed what reads bytes from others with inputs that a fuzzer makes up
    Fuzz(fuzz::Options),
    /// Measure the SDK's speed beside that of its peers
    #[command(subcommand)]
    Bench(bench::Command),
    /// Measure the size of an application with the SDK beside its peers
    Size(size::Options),
    /// Join both sides of the link by a network that fails, over and over, and check what the link promises
    Simulate(simulate::Options),
    /// Generate the sources that come from proto/
    Codegen {
        /// Change nothing, and fail if a generated file differs from what proto/ says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match dispatch(Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            for cause in error.chain() {
                eprintln!("{cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    process::end_children_on_signals()?;
    let workspace = Workspace::open()?;
    match command {
        Command::Setup => setup::ensure(&workspace, setup::ALL)?,
        Command::Build(options) => build::run(&workspace, &options)?,
        Command::Test(options) => return Ok(test::run(&workspace, &options)),
        Command::Demo(options) => demo::run(&workspace, &options)?,
        Command::Fuzz(options) => fuzz::run(&workspace, &options)?,
        Command::Bench(command) => bench::measure(&workspace, &command)?,
        Command::Size(options) => size::run_all(&workspace, &options)?,
        Command::Simulate(options) => simulate::run(&workspace, &options)?,
        Command::Codegen { check } => codegen::run(check)?,
    }
    Ok(ExitCode::SUCCESS)
}
