//! Rust's standard library for wasm32-unknown-unknown.

use super::std_from_source;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The target that the SDK is built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the target with rustup, or from the distribution's sources of the same Rust where rustup cannot.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    let sysroot = PathBuf::from(workspace.output("rustc", &["--print", "sysroot"])?);
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if has_core(&libraries) {
        return Ok(());
    }
    let by_rustup = step("wasm target", "rustup target add", || {
        run_quietly(workspace.command("rustup").args(["target", "add", TARGET]))
    });
    let Err(refusal) = by_rustup else { return Ok(()) };
    step("wasm target", "building it from Debian's rust-src, about a minute", || {
        std_from_source::install(workspace, &sysroot, &libraries)
    })
    .with_context(|| {
        format!(
            "The Rust target {TARGET} is missing. Install it with `rustup target add {TARGET}`.\n{refusal:#}"
        )
    })
}

fn has_core(libraries: &Path) -> bool {
    let Ok(entries) = fs::read_dir(libraries) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    })
}
