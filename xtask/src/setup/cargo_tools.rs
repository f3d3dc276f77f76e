//! wasm-pack, the wasm-bindgen command line and cargo-fuzz, built by cargo into a cache directory per version.

use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

const WASM_PACK: &str = "0.15.1";
const CARGO_FUZZ: &str = "0.13.2";

/// A crate with programs, at exactly one version.
struct Tool {
    package: &'static str,
    version: String,
    /// The program that tells the version, then the others that are used.
    programs: &'static [&'static str],
}

impl Tool {
    fn dir(&self, workspace: &Workspace) -> PathBuf {
        workspace.cached(&format!("{}-{}", self.package, self.version))
    }

    fn is_cached(&self, workspace: &Workspace) -> bool {
        self.programs.iter().all(|program| self.dir(workspace).join("bin").join(program).is_file())
    }

    fn is_on_path(&self, workspace: &Workspace) -> bool {
        self.programs.iter().all(|program| workspace.find(program).is_some())
            && workspace
                .output(self.programs[0], &["--version"])
                .is_ok_and(|text| text.split_whitespace().nth(1) == Some(&self.version))
    }
}

/// The tools at the versions that Cargo.lock and this file ask for.
fn tools(workspace: &Workspace) -> Result<[Tool; 2]> {
    // wasm-bindgen's library and program must be of one version.
    let bindgen = workspace.locked_version("wasm-bindgen")?;
    Ok([
        Tool {
            package: "wasm-bindgen-cli",
            version: bindgen,
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        },
        Tool { package: "wasm-pack", version: WASM_PACK.to_owned(), programs: &["wasm-pack"] },
    ])
}

fn fuzzer() -> Tool {
    Tool { package: "cargo-fuzz", version: CARGO_FUZZ.to_owned(), programs: &["cargo-fuzz"] }
}

/// The directories that hold the tools' programs once they are installed.
pub(crate) fn bin_dirs(workspace: &Workspace) -> Vec<PathBuf> {
    let tools = tools(workspace).into_iter().flatten().chain([fuzzer()]);
    tools.map(|tool| tool.dir(workspace).join("bin")).collect()
}

/// Builds wasm-pack and the wasm-bindgen command line where they are missing.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    build_missing(workspace, tools(workspace)?)
}

/// Builds cargo-fuzz where it is missing.
pub(crate) fn ensure_fuzzer(workspace: &Workspace) -> Result<()> {
    build_missing(workspace, [fuzzer()])
}

/// Builds the tools that are neither cached nor on PATH at the right version.
fn build_missing(workspace: &Workspace, tools: impl IntoIterator<Item = Tool>) -> Result<()> {
    for tool in tools {
        if tool.is_cached(workspace) || tool.is_on_path(workspace) {
            continue;
        }
        step(&format!("{} {}", tool.package, tool.version), "building, about 3 minutes", || {
            let mut cargo = workspace.command("cargo");
            cargo
                .args(["install", tool.package, "--version", &tool.version, "--locked", "--root"])
                .arg(tool.dir(workspace));
            run_quietly(&mut cargo)
        })?;
    }
    Ok(())
}
