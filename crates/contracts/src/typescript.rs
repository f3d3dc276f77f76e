//! TypeScript, written by the command of the npm package, so that the types are those of the version that is installed
//! where they are used.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// Where an installation of the package has its command.
const COMMAND: &str = "node_modules/tera-client/dist/cli.js";

/// Writes the TypeScript of a compiled contract to a file. The package `tera-client` has to be installed in its
/// directory, or in one above that.
///
/// # Errors
///
/// The package or Node.js is missing, it refuses the contract, or the file can't be written.
pub fn typescript(set: &FileDescriptorSet, file: &Path) -> Result<()> {
    let directory = file.parent().context("a file lies in a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let mut input = tempfile::NamedTempFile::new()?;
    std::io::Write::write_all(&mut input, &set.encode_to_vec())?;
    let output = Command::new("node")
        .arg(command(directory)?)
        .arg("contract")
        .arg(input.path())
        .arg("-o")
        .arg(file)
        .output()
        .context("cannot start Node.js, which writes the TypeScript; is it installed?")?;
    if !output.status.success() {
        bail!(
            "{}",
            String::from_utf8_lossy(&output.stderr)
                .trim()
                .replace(&*input.path().to_string_lossy(), "TypeScript")
        );
    }
    Ok(())
}

fn command(directory: &Path) -> Result<PathBuf> {
    let directory = directory.canonicalize()?;
    let installed = directory.ancestors().map(|above| above.join(COMMAND)).find(|command| command.is_file());
    installed.with_context(|| {
        format!(
            "tera-client is not installed in {} or above it: run `npm install tera-client` there",
            directory.display()
        )
    })
}
