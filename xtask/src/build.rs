//! Builds the npm package: the WebAssembly modules, wasm-opt, then the package's own TypeScript build, then `npm pack`.

use crate::fingerprint::Fingerprint;
use crate::lock;
use crate::process::run_quietly;
use crate::progress::step;
use crate::setup::{self, Need};
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result};
use std::env;
use std::fs::{self, File};
use std::path::PathBuf;

/// The packed package, under a name without its version.
pub(crate) const TARBALL: &str = "target/npm/tera-client.tgz";
/// The packed package's contents, as an installation would have them.
pub(crate) const UNPACKED: &str = "target/npm/package";

const NEEDS: &[Need] = &[Need::WasmTarget, Need::Npm];
/// The crate of each module, and the file that it becomes.
const MODULES: [(&str, &str); 2] =
    [("tera-module", "pkg/wasm/tera_client.wasm"), ("tera-registrar", "pkg/wasm/registrar.wasm")];
/// Bytes of a module's stack. Nesting is bounded, and takes less by far; beyond the end of the stack there is no memory, so that
/// more would trap. Places behind so small a stack are short numbers.
const STACK: usize = 256 << 10;
/// How large a function the compiler inlines by itself: in `tera-tape` too, which says where it pays, no larger one than it does
/// when it compiles for size.
const INLINED: usize = 5;
const STAMP: &str = "target/npm/stamp";
const LOCK: &str = "target/npm.lock";
/// What the package is made of.
const INPUTS: [&str; 15] = [
    "crates/abi",
    "crates/module",
    "crates/protocol",
    "crates/registrar",
    "crates/tape",
    "crates/wire",
    "proto",
    "pkg",
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "xtask/src/build.rs",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];
/// How the modules are optimised. Low memory is the far end of the stack, so nothing is read from there.
const FLAGS: [&str; 3] =
    ["--low-memory-unused", "--always-inline-max-function-size=6", "--one-caller-inline-max-function-size=1"];
/// What makes them smallest when compressed: a script, and the optimiser behind it. Functions in another order are optimised
/// otherwise, and then another order is best.
const PASSES: [(&str, &[&str]); 3] = [
    ("pkg/trap.mjs", &["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"]),
    ("pkg/order.mjs", &["-Oz"]),
    ("pkg/order.mjs", &["-Oz"]),
];
/// What this build writes below the inputs.
const OUTPUTS: [&str; 5] = ["pkg/wasm", "pkg/dist", "pkg/README.md", "pkg/LICENSE-MIT", "pkg/LICENSE-APACHE"];

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

/// Keeps other xtasks of this clone from building or installing the package.
pub(crate) fn lock(workspace: &Workspace) -> Result<File> {
    lock::hold(&workspace.path(LOCK), "building or installing the package")
}

fn package(workspace: &Workspace, dev: bool) -> Result<()> {
    let _lock = lock(workspace)?;
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
    step("wasm", "compiling the modules", || compile(workspace, dev))?;
    if !dev {
        step("wasm-opt", "making the modules small", || optimise(workspace))?;
    }
    run_quietly(workspace.command("node").args(["pkg/strings.mjs", MODULES[0].1]))?;
    step("TypeScript", "building the entry points", || {
        run_quietly(workspace.command("node").arg("pkg/build.mjs"))
    })?;
    step("npm pack", "packing the package", || pack(workspace))?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}

/// Compiles each module and puts it where the package's own build takes it from.
fn compile(workspace: &Workspace, dev: bool) -> Result<()> {
    // Panic messages name source files; nobody else's module should hold where this machine keeps them.
    let flags = [
        format!("--remap-path-prefix={}=cargo", cargo_home()?),
        format!("-Clink-arg=-zstack-size={STACK}"),
        format!("-Cllvm-args=--inline-threshold={INLINED}"),
    ];
    let mut cargo = workspace.command("cargo");
    cargo
        .args(["build", "--lib", "--target", setup::WASM_TARGET])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    if !dev {
        cargo.arg("--release");
    }
    run_quietly(cargo.args(MODULES.iter().flat_map(|(name, _)| ["--package", name])))?;
    let built =
        workspace.path(&format!("target/{}/{}", setup::WASM_TARGET, if dev { "debug" } else { "release" }));
    remove_tree(&workspace.path("pkg/wasm"))?;
    fs::create_dir_all(workspace.path("pkg/wasm"))?;
    for (name, file) in MODULES {
        fs::copy(built.join(name.replace('-', "_")).with_extension("wasm"), workspace.path(file))?;
    }
    Ok(())
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    Ok(home.context("there is no home directory")?.display().to_string())
}

/// Makes the modules small.
fn optimise(workspace: &Workspace) -> Result<()> {
    let features = feature_flags(workspace)?;
    for (_, file) in MODULES {
        let module = workspace.path(file);
        for (script, passes) in PASSES {
            run_quietly(workspace.command("node").arg(script).arg(&module))?;
            let mut command = workspace.command("wasm-opt");
            command.args(FLAGS).args(passes).args([
                "--strip-debug",
                "--strip-producers",
                "--strip-target-features",
            ]);
            run_quietly(command.args(&features).arg(&module).arg("-o").arg(&module))?;
        }
    }
    Ok(())
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
