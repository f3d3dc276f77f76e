//! Runs the fuzz targets of `fuzz/`, one after the other, each from its committed seeds.
//!
//! cargo-fuzz asks for options of rustc that only nightly takes; `RUSTC_BOOTSTRAP` makes the toolchain at hand take them.

use crate::process::run as run_command;
use crate::setup::{self, Need};
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result, bail};
use clap::builder::PossibleValuesParser;
use std::fs;

const TARGETS: [&str; 7] =
    ["frame_decode", "json_decode", "client_link", "gateway_link", "topic", "registration", "signal"];

/// Seconds for each target in the test suite.
const SMOKE: u32 = 2;

/// Longest input, in bytes.
const MAX_LENGTH: u32 = 2048;

/// Options of `fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// How many inputs each target takes, however long that lasts
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    runs: Option<u64>,
    /// Run this target alone
    #[arg(long, value_name = "T", value_parser = PossibleValuesParser::new(TARGETS))]
    target: Option<String>,
    /// Without AddressSanitizer, which takes most of the time and finds errors of unsafe code only
    #[arg(long)]
    no_sanitizer: bool,
}

/// How targets run.
struct Plan {
    sanitizer: &'static str,
    /// libFuzzer's option that ends it.
    limit: String,
    /// Where, below `target/fuzz`, what is learnt is kept.
    corpus: &'static str,
}

/// Runs the chosen targets, or all. What they learn stays in `target/fuzz/corpus`, and an input that fails in
/// `target/fuzz/artifacts`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Need::Fuzzer])?;
    let limit = match options.runs {
        Some(runs) => format!("-runs={runs}"),
        None => format!("-max_total_time={}", options.seconds),
    };
    let sanitizer = if options.no_sanitizer { "none" } else { "address" };
    let plan = Plan { sanitizer, limit, corpus: "corpus" };
    let chosen = |target: &&str| options.target.as_deref().is_none_or(|only| only == *target);
    TARGETS.into_iter().filter(chosen).try_for_each(|target| fuzz(workspace, &plan, target))
}

/// What the test suite runs: the package's own lints, then all targets for a moment, each from its seeds alone.
pub(crate) fn smoke(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, &[Need::Fuzzer])?;
    let manifest = ["--manifest-path", "fuzz/Cargo.toml"];
    run_command(workspace.command("cargo").arg("fmt").args(manifest).arg("--check"))?;
    let mut clippy = workspace.command("cargo");
    clippy.arg("clippy").args(manifest).args(["--locked", "--target-dir", "target/fuzz/lint"]);
    run_command(clippy.args(["--", "-D", "warnings"]))?;
    let plan = Plan { sanitizer: "address", limit: format!("-max_total_time={SMOKE}"), corpus: "smoke" };
    remove_tree(&workspace.path("target/fuzz").join(plan.corpus))?;
    TARGETS.into_iter().try_for_each(|target| fuzz(workspace, &plan, target))
}

fn fuzz(workspace: &Workspace, plan: &Plan, target: &str) -> Result<()> {
    println!("{target}");
    let seeds = workspace.path("fuzz/seeds").join(target);
    if !seeds.is_dir() {
        bail!("{} is missing", seeds.display());
    }
    let below = |name: &str| workspace.path("target/fuzz").join(name).join(target);
    let (corpus, artifacts) = (below(plan.corpus), below("artifacts"));
    for directory in [&corpus, &artifacts] {
        fs::create_dir_all(directory)?;
    }
    let mut command = workspace.command("cargo");
    command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", "--sanitizer", plan.sanitizer, "--target-dir"]);
    command.arg(workspace.path("target/fuzz").join(plan.sanitizer)).arg(target).arg(corpus).arg(seeds);
    command.arg("--").arg(&plan.limit).arg(format!("-max_len={MAX_LENGTH}"));
    // Every discovery would be a line; the figures at the end say how many inputs there were.
    command.args(["-verbosity=0", "-print_funcs=0", "-print_final_stats=1"]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    run_command(&mut command).with_context(|| format!("the fuzz target {target} failed"))
}
