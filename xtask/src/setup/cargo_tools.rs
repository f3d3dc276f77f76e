//! wasm-pack and the wasm-bindgen command line, built by cargo into a cache directory per version.

use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

const WASM_PACK: &str = "0.15.1";

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

/// The directories that hold the tools' programs once they are installed.
pub(crate) fn bin_dirs(workspace: &Workspace) -> Vec<PathBuf> {
    tools(workspace).map_or_else(
        |_| Vec::new(),
        |tools| tools.iter().map(|tool| tool.dir(workspace).join("bin")).collect(),
    )
}

/// Builds the tools that are neither cached nor on PATH at the right version.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    for tool in tools(workspace)? {
        if tool.is_cached(workspace) || tool.is_on_path(workspace) {
            continue;
        }
        step(&format!("{} {}", tool.package, tool.version), "building, about 3 minutes", || {
            let mut cargo = workspace.command("cargo");
            cargo
                .args(["install", tool.package, "--version", &tool.version, "--root"])
                .arg(tool.dir(workspace));
            run_quietly(&mut cargo)
        })?;
    }
    Ok(())
}
