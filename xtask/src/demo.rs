//! Builds everything, then runs a gateway that serves the demo page and plays simulated people and devices.

use crate::build;
use crate::process::{self, Running, run_quietly};
use crate::progress::step;
use crate::setup::{self, Need};
use crate::test::set_environment;
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const PAGE: &str = "target/www";
const CHECK: &str = "tests/browser/demo.mjs";
/// What the gateway prints, followed by its URL, once it takes connections.
const READY: &str = "listening on ";
const START_TIMEOUT: Duration = Duration::from_secs(30);

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
    step("gateway", "building", || {
        run_quietly(workspace.command("cargo").args(["build", "-p", "tera-gateway"]))
    })?;
    step("demo page", "installing the packed package", || install_page(workspace))?;
    let (mut gateway, url) = start_gateway(workspace, options)?;
    if options.check {
        return check(workspace, &url);
    }
    println!("\n  Open {url}  (Ctrl-C ends the demo)\n");
    let status = gateway.wait()?;
    bail!("the gateway ended ({status})");
}

/// Copies www/ and installs the packed package there, as a user's page would.
fn install_page(workspace: &Workspace) -> Result<()> {
    let page = workspace.path(PAGE);
    remove_tree(&page)?;
    copy_tree(&workspace.path("www"), &page)?;
    let mut npm = workspace.command("npm");
    npm.args(["install", "--offline", "--no-save", "--no-package-lock", "--prefix"]);
    run_quietly(npm.arg(&page).arg(workspace.path(build::TARBALL)))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Starts the gateway and returns it with its URL once it takes connections.
fn start_gateway(workspace: &Workspace, options: &Options) -> Result<(Running, String)> {
    let port = if options.check { 0 } else { options.port };
    let mut command = workspace.command(workspace.path("target/debug/tera-gateway"));
    command.args(["--demo", "--listen", &format!("127.0.0.1:{port}"), "--www"]).arg(workspace.path(PAGE));
    if let Some(redis) = &options.redis {
        command.args(["--redis", redis]);
    }
    let mut gateway = Running::start(command.stdout(Stdio::piped()))?;
    let stdout = gateway.child.stdout.take().context("the gateway's output is piped")?;
    let url = forward(BufReader::new(stdout))
        .recv_timeout(START_TIMEOUT)
        .context("the gateway did not say that it is listening")?;
    Ok((gateway, url))
}

/// Prints what the gateway writes, for as long as it does, and passes on the URL that it names.
fn forward(output: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            println!("  gateway: {line}");
            if let Some(url) = line.strip_prefix(READY) {
                // The receiver takes one URL and goes.
                let _ = sender.send(url.to_owned());
            }
        }
    });
    receiver
}

fn check(workspace: &Workspace, url: &str) -> Result<()> {
    let mut command = workspace.command("node");
    set_environment(workspace, &mut command)?;
    command.arg(CHECK).arg(url).arg(workspace.path("target/artifacts/demo.png"));
    process::run(&mut command)
}
