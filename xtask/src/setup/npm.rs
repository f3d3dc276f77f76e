//! npm packages: a directory's package-lock.json, installed as it stands.

use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use std::fs;

/// The least version of Node that builds and tests: `readdir` tells where a file lies since then. What is built may need a later one.
const NODE: (u32, u32) = (20, 12);

/// Fails unless Node and npm are there, and Node is no older than [`NODE`].
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let (major, minor) = NODE;
    let wanted = format!("Install Node.js {major}.{minor} or later, with its npm, and have both on PATH.");
    for program in ["node", "npm"] {
        if workspace.find(program).is_none() {
            bail!("The program `{program}` is missing. {wanted}");
        }
    }
    let version = workspace.output("node", &["--version"])?;
    if parse(&version).with_context(|| format!("`node --version` says {version}"))? < NODE {
        bail!("Node.js {version} is too old. {wanted}");
    }
    Ok(())
}

/// The first two numbers of a version such as `v20.12.0`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_by_their_numbers() {
        assert!(parse("v20.9.0").unwrap() < NODE);
        assert!(parse("v20.12.0").unwrap() >= NODE);
        assert!(parse("v100.0.0").unwrap() >= NODE);
        assert_eq!(parse("20"), None);
    }
}
