//! What a machine needs beside Rust, Node and npm: each need first checks cheaply whether it is met, and says what to
//! install where it cannot meet itself.

pub(crate) mod cargo_tools;
mod debian;
mod npm;
pub(crate) mod python;
mod std_from_source;
mod wasm_target;

pub(crate) use wasm_target::TARGET as WASM_TARGET;

use crate::lock;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// One thing that a command needs on the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    /// Rust's standard library for wasm32-unknown-unknown.
    WasmTarget,
    /// wasm-pack and the wasm-bindgen command line.
    CargoTools,
    /// cargo-fuzz, and the compiler for libFuzzer, which is written in C++.
    Fuzzer,
    /// The packages of the root's package-lock.json.
    Npm,
    /// The packages that the SDK is measured against: bench/package-lock.json.
    Peers,
    /// Chromium and its driver.
    Chromium,
    /// The program `redis-server`.
    Redis,
    /// A virtual environment with the official Python package.
    Python,
}

/// Everything that any command needs, apart from the peers of the benchmarks.
pub(crate) const ALL: &[Need] =
    &[Need::WasmTarget, Need::CargoTools, Need::Fuzzer, Need::Npm, Need::Chromium, Need::Redis, Need::Python];

impl Need {
    /// The Debian packages that are missing for it.
    fn missing_packages(self, workspace: &Workspace) -> Vec<&'static str> {
        match self {
            Self::Fuzzer => debian::missing(workspace, &[debian::CXX]),
            Self::Chromium => debian::missing(workspace, &[debian::CHROMIUM, debian::CHROMEDRIVER]),
            Self::Redis => debian::missing(workspace, &[debian::REDIS]),
            Self::Python => python::missing(workspace),
            Self::WasmTarget | Self::CargoTools | Self::Npm | Self::Peers => Vec::new(),
        }
    }
}

/// Meets `needs`, one xtask at a time, because all clones of a user share the tool cache and the toolchain.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let _lock = lock::hold(&workspace.cached("setup.lock"), "setting up")?;
    ensure_programs(workspace, needs)?;
    for need in needs {
        match need {
            Need::WasmTarget => wasm_target::ensure(workspace)?,
            Need::CargoTools => cargo_tools::ensure(workspace)?,
            Need::Fuzzer => cargo_tools::ensure_fuzzer(workspace)?,
            Need::Npm => npm::ensure(workspace, ".")?,
            Need::Peers => npm::ensure(workspace, "bench")?,
            Need::Python => python::ensure(workspace)?,
            Need::Chromium | Need::Redis => {}
        }
    }
    Ok(())
}

/// Installs the programs that all `needs` take, or says at once what to install, before minutes go into anything else.
fn ensure_programs(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let packages: Vec<_> = needs.iter().flat_map(|need| need.missing_packages(workspace)).collect();
    let has_node = if needs.iter().any(|need| matches!(need, Need::Npm | Need::Peers)) {
        npm::check(workspace)
    } else {
        Ok(())
    };
    let refusals = [has_node, debian::install(workspace, &packages)].into_iter().filter_map(Result::err);
    let refusals: Vec<_> = refusals.map(|error| format!("{error:#}")).collect();
    if refusals.is_empty() { Ok(()) } else { bail!(refusals.join("\n")) }
}
