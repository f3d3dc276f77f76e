//! Compiles the `.proto` files of the tests, for those that are not written in Rust.

use crate::workspace::Workspace;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;

/// Writes the descriptor set of the fixture of `crates/registrar`, and of all that it imports, and returns its path.
pub(crate) fn descriptor_set(workspace: &Workspace) -> Result<PathBuf> {
    let includes = ["crates/registrar/tests/fixtures", "proto"].map(|path| workspace.path(path));
    let set = protox::Compiler::new(includes)?
        .include_imports(true)
        .include_source_info(true)
        .open_file("acme.proto")?
        .encode_file_descriptor_set();
    let path = workspace.path("target/fixtures/acme.binpb");
    fs::create_dir_all(path.parent().context("the fixture lies in a directory")?)?;
    fs::write(&path, set)?;
    Ok(path)
}
