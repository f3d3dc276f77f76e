//! npm packages: a directory's package-lock.json, installed as it stands.

use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;

/// Installs the packages of `directory` when its node_modules is missing or belongs to another lock file.
pub(crate) fn ensure(workspace: &Workspace, directory: &str) -> Result<()> {
    let directory = workspace.path(directory);
    let inputs = ["package.json", "package-lock.json"].map(|name| directory.join(name));
    let fingerprint = Fingerprint::of(&[], &inputs, &[])?;
    let stamp = directory.join("node_modules/.xtask-stamp");
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    step("npm packages", "npm ci", || {
        run_quietly(workspace.command("npm").arg("ci").current_dir(&directory))
    })?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}
