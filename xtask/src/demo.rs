//! Builds everything, then runs a gateway that serves the demo page and plays simulated people and devices.

use crate::build;
use crate::process;
use crate::setup::{self, Need};
use crate::site::{self, PAGE};
use crate::test::set_environment;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

const CHECK: &str = "tests/browser/demo.mjs";

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Use this Redis server instead of the gateway's embedded bus
    #[arg(long, value_name = "URL")]
    redis: Option<String>,
    /// Drive the page once in headless Chromium, write target/artifacts/demo.png, and end
    #[arg(long, conflicts_with = "port")]
    check: bool,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs the demo until it is interrupted, or checks it.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        setup::ensure(workspace, &[Need::Chromium])?;
    }
    build::ensure(workspace)?;
    site::build_gateway(workspace)?;
    site::install_page(workspace)?;
    let listen = format!("127.0.0.1:{}", if options.check { 0 } else { options.port });
    let page = workspace.path(PAGE).display().to_string();
    let mut arguments = vec!["--demo", "--listen", &listen, "--www", &page];
    if let Some(redis) = &options.redis {
        arguments.extend(["--redis", redis]);
    }
    let (mut gateway, url) = site::start_gateway(workspace, &arguments)?;
    if options.check {
        return check(workspace, &url);
    }
    println!("\n  Open {url}  (Ctrl-C ends the demo)\n");
    let status = gateway.wait()?;
    bail!("the gateway ended ({status})");
}

fn check(workspace: &Workspace, url: &str) -> Result<()> {
    let mut command = workspace.command("node");
    set_environment(workspace, &mut command)?;
    command.arg(CHECK).arg(url).arg(workspace.path("target/artifacts/demo.png"));
    process::run(&mut command)
}
