//! Runs seeds on every core: `tera-simulator [--first S] [--seeds N] [--seed S] [--json FILE]`.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tera_simulator::{Figures, replay, simulate};

/// Seeds that a thread takes at once.
const BATCH: u64 = 500;
/// Failing seeds are listed up to so many; after them the run ends.
const MAX_FAILURES: usize = 5;

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)) {
        Ok(Options { seed: Some(seed), .. }) => tell(seed),
        Ok(options) => run(&options),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// What the command line says.
#[derive(Debug)]
struct Options {
    first: u64,
    seeds: u64,
    seed: Option<u64>,
    json: Option<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { first: 0, seeds: 1_000_000, seed: None, json: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} wants a value"))?;
            let number = || value.parse().map_err(|_| format!("{name} wants a number, not {value}"));
            match name.as_str() {
                "--first" => options.first = number()?,
                "--seeds" => options.seeds = number()?,
                "--seed" => options.seed = Some(number()?),
                "--json" => options.json = Some(value),
                _ => return Err(format!("there is no option {name}")),
            }
        }
        Ok(options)
    }
}

/// Replays one seed.
fn tell(seed: u64) -> ExitCode {
    let outcome = replay(seed);
    for line in outcome.transcript.unwrap_or_default() {
        eprintln!("{line}");
    }
    match outcome.breach {
        Some(breach) => {
            eprintln!("seed {seed} FAILED: {breach}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("seed {seed} holds: {:?}", outcome.figures);
            ExitCode::SUCCESS
        }
    }
}

#[derive(Debug, Default)]
struct Sum {
    figures: Figures,
    failures: Vec<(u64, String)>,
}

fn run(options: &Options) -> ExitCode {
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let sum = Mutex::new(Sum::default());
    let threads = thread::available_parallelism().map_or(1, |count| count.get());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(options, &next, &sum));
        }
        scope.spawn(|| show_progress(options, &sum, start));
    });
    let Sum { figures, mut failures } = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort();
    for (seed, breach) in failures.iter().take(MAX_FAILURES) {
        eprintln!("seed {seed} FAILED: {breach}\n  replay it with: cargo xtask simulate --seed {seed}");
    }
    let seconds = start.elapsed().as_secs_f64();
    let json = figures.json(seconds);
    eprint!("{json}");
    eprintln!("{:.0} seeds a second", figures.seeds as f64 / seconds);
    if let Some(path) = &options.json
        && let Err(error) = fs::write(path, json)
    {
        eprintln!("cannot write {path}: {error}");
        return ExitCode::FAILURE;
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn work(options: &Options, next: &AtomicU64, sum: &Mutex<Sum>) {
    loop {
        let from = next.fetch_add(BATCH, Ordering::Relaxed);
        if from >= options.seeds {
            return;
        }
        let mut batch = Sum::default();
        for offset in from..(from + BATCH).min(options.seeds) {
            let seed = options.first + offset;
            // A panic of the machines is a failure of this seed like any other.
            match catch_unwind(AssertUnwindSafe(|| simulate(seed))) {
                Ok(outcome) => {
                    batch.figures += outcome.figures;
                    batch.failures.extend(outcome.breach.map(|breach| (seed, breach)));
                }
                Err(_) => {
                    batch.figures += Figures { seeds: 1, failed: 1, ..Figures::default() };
                    batch.failures.push((seed, "it panics".into()));
                }
            }
        }
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.figures += batch.figures;
        sum.failures.extend(batch.failures);
        if sum.failures.len() >= MAX_FAILURES {
            next.store(options.seeds, Ordering::Relaxed);
        }
    }
}

fn show_progress(options: &Options, sum: &Mutex<Sum>, start: Instant) {
    let mut shown = start;
    loop {
        thread::sleep(Duration::from_millis(20));
        let (done, stopped) = {
            let sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            (sum.figures.seeds, sum.failures.len() >= MAX_FAILURES)
        };
        if done >= options.seeds || stopped {
            return;
        }
        if shown.elapsed() >= Duration::from_secs(5) {
            shown = Instant::now();
            eprintln!("{done} of {} seeds, {:.0} s", options.seeds, start.elapsed().as_secs_f64());
        }
    }
}
