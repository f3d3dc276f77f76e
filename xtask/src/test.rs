//! Runs the parts of the test suite one after the other and sums them up.

mod parts;

use crate::progress::seconds;
use crate::workspace::Workspace;
use clap::builder::PossibleValuesParser;
pub(crate) use parts::set_environment;
use parts::{PARTS, Part};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Options of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run this part alone
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(PARTS.iter().map(|part| part.name)))]
    only: Option<String>,
}

/// Runs all parts, or the chosen one, even after a failure. Its last line is `N passed, M failed`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> ExitCode {
    let chosen: Vec<_> =
        PARTS.iter().filter(|part| options.only.as_deref().is_none_or(|only| only == part.name)).collect();
    let mut outcomes = Vec::new();
    for (index, part) in chosen.iter().enumerate() {
        println!("[{}/{}] {}", index + 1, chosen.len(), part.name);
        outcomes.push(run_part(workspace, part));
    }
    let failed = summarise(&chosen, &outcomes);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Outcome {
    passed: bool,
    duration: Duration,
}

fn run_part(workspace: &Workspace, part: &Part) -> Outcome {
    let start = Instant::now();
    let result = (part.run)(workspace);
    if let Err(error) = &result {
        for cause in error.chain() {
            println!("{cause}");
        }
    }
    let outcome = Outcome { passed: result.is_ok(), duration: start.elapsed() };
    println!("{}\n", line(part, &outcome));
    outcome
}

fn line(part: &Part, outcome: &Outcome) -> String {
    let verdict = if outcome.passed { "ok" } else { "FAILED" };
    format!("{} ... {verdict} ({})", part.name, seconds(outcome.duration))
}

/// Prints the result of each part and returns how many failed.
fn summarise(parts: &[&Part], outcomes: &[Outcome]) -> usize {
    for (part, outcome) in parts.iter().zip(outcomes) {
        println!("{}", line(part, outcome));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    println!("{} passed, {failed} failed", outcomes.len() - failed);
    failed
}
