//! The demo page, installed as a user's page would be, and the gateway that serves it.

use crate::build;
use crate::fingerprint::Fingerprint;
use crate::process::{Running, run_quietly};
use crate::progress::step;
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// The page with the package that it depends on.
pub(crate) const PAGE: &str = "target/www";
/// The gateway's program.
pub(crate) const GATEWAY: &str = "target/debug/tera-gateway";
/// What the gateway prints, followed by its URL, once it takes connections.
const READY: &str = "listening on ";
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the gateway.
pub(crate) fn build_gateway(workspace: &Workspace) -> Result<()> {
    step("gateway", "building", || {
        run_quietly(workspace.command("cargo").args(["build", "-p", "tera-gateway"]))
    })
}

/// Copies www/ and installs the packed package there, unless both are as they were the last time.
pub(crate) fn install_page(workspace: &Workspace) -> Result<()> {
    let _lock = build::lock(workspace)?;
    let inputs = ["www", build::TARBALL].map(|name| workspace.path(name));
    let fingerprint = Fingerprint::of(&[], &inputs, &[])?;
    let page = workspace.path(PAGE);
    let stamp = page.join("node_modules/.xtask-stamp");
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    step("demo page", "installing the packed package", || {
        remove_tree(&page)?;
        copy_tree(&workspace.path("www"), &page)?;
        let mut npm = workspace.command("npm");
        npm.args(["install", "--offline", "--no-save", "--no-package-lock", "--prefix"]);
        run_quietly(npm.arg(&page).arg(workspace.path(build::TARBALL)))
    })?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
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
pub(crate) fn start_gateway(workspace: &Workspace, arguments: &[&str]) -> Result<(Running, String)> {
    let mut command = workspace.command(workspace.path(GATEWAY));
    let mut gateway = Running::start(command.args(arguments).stdout(Stdio::piped()))?;
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
