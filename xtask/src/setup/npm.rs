//! The npm packages that build and test the SDK: the root's package-lock.json, installed as it stands.

use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;

/// Installs the packages when node_modules is missing or belongs to another lock file.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    let inputs = ["package.json", "package-lock.json"].map(|name| workspace.path(name));
    let fingerprint = Fingerprint::of(&[], &inputs, &[])?;
    let stamp = workspace.path("node_modules/.xtask-stamp");
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    step("npm packages", "npm ci", || run_quietly(workspace.command("npm").arg("ci")))?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}
