//! What the developer sees of a long step: its name, what it does, and how long it took.

use anyhow::Result;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

/// Prints `  name: doing ... done in N s` (or `failed after N s`) around `work`.
pub(crate) fn step<T>(name: &str, doing: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    print!("  {name}: {doing} ... ");
    // Progress is a courtesy: a closed stdout must not fail the work.
    let _ = stdout().flush();
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done in" } else { "failed after" };
    println!("{outcome} {}", seconds(start.elapsed()));
    result
}

/// `12 s` from ten seconds on, `1.2 s` below.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 9.95 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
