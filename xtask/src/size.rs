//! The size of a small application with the SDK, beside the same with its peers. The committed budget only goes down.

use crate::bench::peers;
use crate::build;
use crate::process::run;
use crate::setup::{self, Need};
use crate::test;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::{self, PathBuf};

/// Options of `size`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write the figures to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Prints the sizes, the peers' included.
pub(crate) fn run_all(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Need::Npm, Need::Peers])?;
    peers::ensure(workspace)?;
    let mut arguments = vec!["--peers".into()];
    if let Some(file) = &options.json {
        arguments.extend(["--json".into(), path::absolute(file)?.into_os_string()]);
    }
    script(workspace, &arguments)
}

/// Fails if the SDK is larger than the budget; needs none of the peers.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    script(workspace, &["--check".into()])
}

fn script(workspace: &Workspace, arguments: &[std::ffi::OsString]) -> Result<()> {
    build::ensure(workspace)?;
    let mut node = workspace.command("node");
    node.arg("bench/size.mjs").args(arguments);
    test::set_environment(workspace, &mut node)?;
    run(&mut node)
}
