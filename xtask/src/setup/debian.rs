//! Programs that come as Debian packages: installed when this runs as root on a Debian-like system, else asked for.

use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// A program and the package that carries it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    name: &'static str,
    package: &'static str,
}

pub(crate) const CHROMIUM: Program = Program { name: "chromium", package: "chromium" };
pub(crate) const CHROMEDRIVER: Program = Program { name: "chromedriver", package: "chromium-driver" };
pub(crate) const CXX: Program = Program { name: "c++", package: "g++" };
pub(crate) const REDIS: Program = Program { name: "redis-server", package: "redis-server" };

/// The packages of those `programs` that are not on PATH.
pub(crate) fn missing(workspace: &Workspace, programs: &[Program]) -> Vec<&'static str> {
    let missing = programs.iter().filter(|program| workspace.find(program.name).is_none());
    missing.map(|program| program.package).collect()
}

/// Installs `packages`, or fails with the line that would.
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let has_apt = workspace.find("apt-get").is_some();
    if !has_apt || !rustix::process::geteuid().is_root() {
        let line = format!("apt-get update && apt-get install -y --no-install-recommends {names}");
        let place =
            if has_apt { "Run as root" } else { "Install your system's equivalent; on Debian, as root" };
        bail!("These packages are missing: {names}. {place}:\n    {line}");
    }
    let apt = || {
        let mut command = workspace.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step("Debian packages", &format!("installing {names}, about a minute"), || {
        run_quietly(apt().arg("update"))?;
        run_quietly(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
    })
}
