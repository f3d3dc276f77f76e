//! Builds the wasm standard library where rustup cannot reach its server: from Debian's `rust-src` of exactly the
//! installed rustc's version, fetched and verified by apt with a source list of its own, so that the machine's
//! package state stays as it is.

use super::wasm_target::TARGET;
use crate::process::run_quietly;
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The suite that carries the `rust-src` of recent stable releases.
const SUITE: &str = "trixie-backports";
const KEYRINGS: [&str; 2] =
    ["/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg"];
/// The crate whose dependencies are the standard library.
const SEED: &str = "wasm-std-seed";

/// Puts the target's libraries into `libraries`, a directory below `sysroot`.
pub(crate) fn install(workspace: &Workspace, sysroot: &Path, libraries: &Path) -> Result<()> {
    let version = rustc_version(workspace)?;
    let work = workspace.cached(&format!("rust-src-{version}"));
    remove_tree(&work)?;
    fs::create_dir_all(&work)?;
    let linked = sysroot.join("lib/rustlib/src/rust");
    let is_installed = linked.join("library/std").is_dir();
    if !is_installed {
        link(&download(workspace, &work, &version)?, &linked)?;
    }
    copy_libraries(&build(workspace, &work.join("build"))?, libraries)?;
    if !is_installed {
        fs::remove_file(linked)?;
    }
    remove_tree(&work)
}

fn rustc_version(workspace: &Workspace) -> Result<String> {
    let verbose = workspace.output("rustc", &["--version", "--verbose"])?;
    let release = verbose.lines().find_map(|line| line.strip_prefix("release: "));
    Ok(release.context("rustc names no release")?.to_owned())
}

/// Downloads the sources to `work` and returns their tree.
fn download(workspace: &Workspace, work: &Path, version: &str) -> Result<PathBuf> {
    let apt = Apt::new(workspace, work)?;
    // One archive of several may not have the suite, which makes `update` fail though another has it.
    let updated = run_quietly(apt.command("apt-get").arg("update"));
    let output = apt.command("apt-cache").args(["madison", "rust-src"]).output()?;
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some(package) = matching_version(&listing, version) else {
        updated?;
        bail!("{SUITE} has no rust-src {version}; it has:\n{listing}");
    };
    let exactly = format!("rust-src={package}");
    run_quietly(apt.command("apt-get").current_dir(work).args(["download", &exactly]))?;
    let archive = fs::read_dir(work)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded no package")?;
    run_quietly(workspace.command("dpkg").arg("-x").arg(&archive).arg(work.join("tree")))?;
    Ok(work.join(format!("tree/usr/src/rustc-{version}")))
}

/// The newest package version in `apt-cache madison`'s output, which names the newest first, that packages the upstream
/// `version`.
fn matching_version<'a>(listing: &'a str, version: &str) -> Option<&'a str> {
    let mut versions = listing.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    versions.find(|package| package.split(['+', '-', '~']).next() == Some(version))
}

/// apt with its state in a directory of ours.
struct Apt<'a> {
    workspace: &'a Workspace,
    dir: PathBuf,
}

impl<'a> Apt<'a> {
    fn new(workspace: &'a Workspace, work: &Path) -> Result<Self> {
        let apt = Self { workspace, dir: work.join("apt") };
        fs::create_dir_all(apt.dir.join("lists/partial"))?;
        fs::create_dir_all(apt.dir.join("cache/archives/partial"))?;
        let uris = workspace.output("apt-get", &["update", "--print-uris", &apt.lists_option()])?;
        let keyring = KEYRINGS.into_iter().find(|path| Path::new(path).is_file());
        let keyring =
            keyring.context("Debian's archive keyring is missing (package debian-archive-keyring)")?;
        let mut sources = String::new();
        for archive in archives(&uris) {
            writeln!(
                sources,
                "Types: deb\nURIs: {archive}\nSuites: {SUITE}\nComponents: main\nSigned-By: {keyring}\n"
            )?;
        }
        fs::write(apt.dir.join("private.sources"), sources)?;
        Ok(apt)
    }

    fn lists_option(&self) -> String {
        format!("-oDir::State::lists={}", self.dir.join("lists").display())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.workspace.command(program);
        command.arg(self.lists_option()).args([
            format!("-oDir::Etc::sourcelist={}", self.dir.join("private.sources").display()),
            "-oDir::Etc::sourceparts=/dev/null".to_owned(),
            format!("-oDir::Cache={}", self.dir.join("cache").display()),
            // The download user of a root's apt may not enter a private cache directory.
            "-oAPT::Sandbox::User=root".to_owned(),
        ]);
        command
    }
}

/// The archives in `apt-get update --print-uris`'s output, less those for security updates.
fn archives(uris: &str) -> BTreeSet<&str> {
    uris.lines()
        .filter_map(|line| line.strip_prefix('\'')?.split_once('\''))
        .filter_map(|(uri, _)| uri.split_once("/dists/"))
        .filter(|(_, release)| !release.contains("-security/"))
        .map(|(archive, _)| archive)
        .collect()
}

fn link(tree: &Path, linked: &Path) -> Result<()> {
    fs::create_dir_all(linked.parent().context("a path below the sysroot has a parent")?)?;
    if linked.is_symlink() {
        fs::remove_file(linked)?;
    }
    std::os::unix::fs::symlink(tree, linked).with_context(|| format!("cannot link {}", linked.display()))
}

/// Builds std for the target and returns the directory with the libraries.
fn build(workspace: &Workspace, dir: &Path) -> Result<PathBuf> {
    fs::create_dir_all(dir.join("src"))?;
    let manifest = format!("[package]\nname = \"{SEED}\"\nedition = \"2024\"\n[workspace]\n");
    fs::write(dir.join("Cargo.toml"), manifest)?;
    fs::write(dir.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = workspace.command("cargo");
    cargo
        .current_dir(dir)
        // Stable cargo builds std only when told that it is a nightly; the flags are those of the official build.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked")
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,proc_macro,test"]);
    run_quietly(&mut cargo)?;
    Ok(dir.join("target").join(TARGET).join("release/deps"))
}

fn copy_libraries(built: &Path, libraries: &Path) -> Result<()> {
    fs::create_dir_all(libraries)?;
    let own = format!("lib{}-", SEED.replace('-', "_"));
    let mut core = None;
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".rlib") || name.starts_with(&own) {
            continue;
        }
        // core comes last: its presence says that the target is complete.
        if name.starts_with("libcore-") {
            core = Some((path, name));
        } else {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    let (path, name) = core.context("the build produced no libcore")?;
    fs::copy(path, libraries.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_package_of_exactly_rustcs_version_is_taken() {
        let versions = ["1.95.1+dfsg1-1~bpo13+1", "1.95.0+dfsg1-10", "1.95.0+dfsg1-2"];
        let listing = versions.map(|version| format!(" rust-src | {version} | http://a main\n")).concat();
        assert_eq!(matching_version(&listing, "1.95.0"), Some("1.95.0+dfsg1-10"));
        assert_eq!(matching_version(&listing, "1.95"), None);
    }

    #[test]
    fn security_archives_are_left_out() {
        let uris = "'http://a/debian/dists/bookworm/InRelease' x 0\n\
                    'http://a/debian/dists/bookworm-updates/InRelease' x 0\n\
                    'http://a/debian-security/dists/bookworm-security/InRelease' x 0\n";
        assert_eq!(archives(uris).into_iter().collect::<Vec<_>>(), ["http://a/debian"]);
    }
}
