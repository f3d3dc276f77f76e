//! Deliberate faults in the machines: each is patched into a copy of the sources, which is built and run until a seed
//! catches it.

use super::PROFILE;
use crate::process::{Running, run_quietly};
use crate::progress::seconds;
use crate::workspace::Workspace;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const PATCHES: &str = "crates/simulator/mutants";
/// The copy; it has its own target directory.
const COPY: &str = "target/mutants";
/// What the simulator is made of.
const CRATES: [&str; 4] = ["crates/wire", "crates/tape", "crates/protocol", "crates/simulator"];
/// A fault that none of the first so many seeds catches is not caught.
const SEEDS: &str = "200000";
/// Nor is one that makes the simulator run for longer; it takes a minute or two.
const LIMIT: Duration = Duration::from_secs(600);

/// A deliberate fault.
struct Mutant {
    name: String,
    file: String,
    sentence: String,
    find: String,
    replace: String,
}

/// Finds a seed for each fault. An error if a patch does not apply or is not caught.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    let mutants = read(&workspace.path(PATCHES))?;
    let mut missed = Vec::new();
    for (index, mutant) in mutants.iter().enumerate() {
        let start = Instant::now();
        let caught = hunt(workspace, mutant).with_context(|| format!("mutant {}", mutant.name))?;
        let verdict = caught.unwrap_or_else(|why| {
            missed.push(mutant.name.as_str());
            format!("NOT CAUGHT: {why}")
        });
        let time = seconds(start.elapsed());
        println!(
            "[{}/{}] {} ({time})\n  {}\n  {verdict}",
            index + 1,
            mutants.len(),
            mutant.name,
            mutant.sentence
        );
    }
    if !missed.is_empty() {
        bail!("{} of {} faults are not caught: {}", missed.len(), mutants.len(), missed.join(", "));
    }
    println!("{} faults, each caught", mutants.len());
    Ok(())
}

fn read(directory: &Path) -> Result<Vec<Mutant>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    paths.iter().map(|path| parse(path).with_context(|| path.display().to_string())).collect()
}

/// A patch: a line with the file, a line with the sentence, and two texts, each behind a line that says what it is.
fn parse(path: &Path) -> Result<Mutant> {
    let text = fs::read_to_string(path)?;
    let (head, rest) = text.split_once("\n--- find\n").context("it has no `--- find`")?;
    let (find, replace) = rest.split_once("\n--- replace\n").context("it has no `--- replace`")?;
    let (file, sentence) = head.split_once('\n').context("it has no sentence")?;
    let name = path.file_stem().context("it has no name")?.to_string_lossy();
    Ok(Mutant {
        name: name.into_owned(),
        file: file.to_owned(),
        sentence: sentence.to_owned(),
        find: find.to_owned(),
        replace: replace.trim_end_matches('\n').to_owned(),
    })
}

/// The seed that catches the fault and what it says, or why there is none.
fn hunt(workspace: &Workspace, mutant: &Mutant) -> Result<Result<String, String>> {
    let copy = workspace.path(COPY);
    copy_sources(workspace, &copy)?;
    fs::write(copy.join(&mutant.file), apply(mutant, &copy)?)?;
    let build = ["build", "--offline", "--profile", PROFILE, "-p", "tera-simulator"];
    run_quietly(workspace.command("cargo").args(build).current_dir(&copy))?;
    let program = copy.join("target").join(PROFILE).join("tera-simulator");
    let mut said = tempfile::tempfile()?;
    let mut command = workspace.command(program);
    command.args(["--seeds", SEEDS]).stdout(Stdio::null()).stderr(said.try_clone()?);
    let Some(status) = Running::start(&mut command)?.wait_for(LIMIT)? else {
        return Ok(Err(format!("the simulator had not ended after {}", seconds(LIMIT))));
    };
    said.rewind()?;
    let text = io::read_to_string(said)?;
    let caught = text.lines().find(|line| line.starts_with("seed ") && line.contains(" FAILED: "));
    Ok(caught.map(str::to_owned).ok_or_else(|| format!("the simulator names no seed ({status})")))
}

/// The faulty source, made from that below `root`.
fn apply(mutant: &Mutant, root: &Path) -> Result<String> {
    let source = fs::read_to_string(root.join(&mutant.file))?;
    let places = source.matches(&mutant.find).count();
    if places != 1 {
        bail!("the text to replace is found {places} times in {}", mutant.file);
    }
    Ok(source.replace(&mutant.find, &mutant.replace))
}

/// Brings the copy up to date, and touches only files that differ, so that little is built again.
fn copy_sources(workspace: &Workspace, copy: &Path) -> Result<()> {
    for directory in CRATES {
        copy_tree(&workspace.path(directory), &copy.join(directory))?;
    }
    write_if_changed(&copy.join("Cargo.lock"), &fs::read(workspace.path("Cargo.lock"))?)?;
    let manifest = fs::read_to_string(workspace.path("Cargo.toml"))?;
    let (_, rest) = manifest.split_once("\nresolver").context("the workspace's manifest has no resolver")?;
    let (before, rest) = rest.split_once("\n[package]").context("the workspace has no root package")?;
    let (_, profiles) = rest.split_once("\n[profile.").context("the workspace has no profiles")?;
    let members = CRATES.map(|each| format!("\"{each}\"")).join(", ");
    let manifest = format!("[workspace]\nmembers = [{members}]\nresolver{before}\n[profile.{profiles}");
    write_if_changed(&copy.join("Cargo.toml"), manifest.as_bytes())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            write_if_changed(&target, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|known| known == content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_applies_to_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mutants = read(&root.join(PATCHES)).unwrap();
        assert!(!mutants.is_empty());
        for mutant in mutants {
            let applied = apply(&mutant, root);
            assert!(applied.is_ok(), "{}: {applied:?}", mutant.name);
        }
    }
}
