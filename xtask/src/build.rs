//! Builds the npm package: wasm-pack, wasm-opt, then the package's own TypeScript build, then `npm pack`.

use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::setup::{self, Need};
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The packed package, under a name without its version.
pub(crate) const TARBALL: &str = "target/npm/tera-client.tgz";
/// The packed package's contents, as an installation would have them.
pub(crate) const UNPACKED: &str = "target/npm/package";

const NEEDS: &[Need] = &[Need::WasmTarget, Need::CargoTools, Need::Npm];
const MODULE: &str = "pkg/wasm";
const STAMP: &str = "target/npm/stamp";
/// What the package is made of.
const INPUTS: [&str; 8] = [
    "src",
    "crates/protocol",
    "proto",
    "pkg",
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "xtask/src/build.rs",
];
/// What this build writes below the inputs.
const OUTPUTS: [&str; 2] = ["pkg/wasm", "pkg/dist"];

/// Options of `build`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Build in seconds, unoptimised, for work on the SDK itself
    #[arg(long)]
    dev: bool,
}

/// Builds the package after meeting its needs.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    package(workspace, options.dev)?;
    println!("{}", workspace.path(TARBALL).display());
    Ok(())
}

/// Builds the optimised package after meeting its needs, unless the last build had the same inputs.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, NEEDS)?;
    package(workspace, false)
}

fn package(workspace: &Workspace, dev: bool) -> Result<()> {
    let rustc = workspace.output("rustc", &["--version"])?;
    let outputs = OUTPUTS.map(|name| workspace.path(name));
    let outputs = outputs.each_ref().map(PathBuf::as_path);
    let inputs = INPUTS.map(|name| workspace.path(name));
    let fingerprint = Fingerprint::of(&[&rustc, if dev { "dev" } else { "release" }], &inputs, &outputs)?;
    let stamp = workspace.path(STAMP);
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    // Until all steps have succeeded, nothing counts as built.
    remove_tree(&workspace.path("target/npm"))?;
    fs::create_dir_all(workspace.path("target/npm"))?;
    let doing = if dev { "building" } else { "building, about a minute the first time" };
    step("wasm-pack", doing, || compile(workspace, &workspace.path(MODULE), dev, &[]))?;
    if !dev {
        step("wasm-opt", "making the module small", || optimise(workspace, &workspace.path(MODULE)))?;
    }
    step("TypeScript", "building the entry points", || {
        run_quietly(workspace.command("node").arg("pkg/build.mjs"))
    })?;
    step("npm pack", "packing the package", || pack(workspace))?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}

/// Compiles the module and its glue into `out`; `more` goes to cargo.
pub(crate) fn compile(workspace: &Workspace, out: &Path, dev: bool, more: &[&str]) -> Result<()> {
    remove_tree(out)?;
    let mut command = workspace.command("wasm-pack");
    command.args(["build", if dev { "--dev" } else { "--release" }]);
    command.args([
        "--no-pack",
        "--no-gitignore",
        "--target",
        "web",
        "--out-name",
        "tera_client",
        "--out-dir",
    ]);
    // Panic messages name source files; nobody else's module should hold where this machine keeps them.
    let home = cargo_home()?;
    let remap = format!("--remap-path-prefix={home}=cargo");
    run_quietly(command.arg(out).arg("--").args(more).env("RUSTFLAGS", remap))
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    Ok(home.context("there is no home directory")?.display().to_string())
}

/// Makes the module in `out` small.
pub(crate) fn optimise(workspace: &Workspace, out: &Path) -> Result<()> {
    let module = out.join("tera_client_bg.wasm");
    let mut command = workspace.command("wasm-opt");
    command.args(["-Oz", "--strip-producers", "--strip-target-features"]);
    command.args(feature_flags(workspace)?).arg(&module).arg("-o").arg(&module);
    run_quietly(&mut command)
}

/// One flag for each WebAssembly feature that rustc assumes, so that the optimiser introduces no other.
fn feature_flags(workspace: &Workspace) -> Result<Vec<String>> {
    let cfg = workspace.output("rustc", &["--print", "cfg", "--target", setup::WASM_TARGET])?;
    let features = cfg.lines().filter_map(|line| line.strip_prefix("target_feature=\"")?.strip_suffix('"'));
    Ok(features.map(|feature| format!("--enable-{}", binaryen_name(feature))).collect())
}

fn binaryen_name(feature: &str) -> &str {
    if feature == "nontrapping-fptoint" { "nontrapping-float-to-int" } else { feature }
}

fn pack(workspace: &Workspace) -> Result<()> {
    let destination = workspace.path("target/npm");
    run_quietly(workspace.command("npm").args(["pack", "./pkg", "--pack-destination"]).arg(&destination))?;
    let packed = fs::read_dir(&destination)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .context("npm pack wrote no package")?;
    fs::rename(packed, workspace.path(TARBALL))?;
    run_quietly(workspace.command("tar").arg("-xzf").arg(workspace.path(TARBALL)).arg("-C").arg(destination))
}
