//! Where things are, and how a program is started from here.

use crate::fingerprint::Fingerprint;
use crate::setup::cargo_tools;
use anyhow::{Context as _, Result, bail};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The paths that every command works with.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    cache: PathBuf,
}

impl Workspace {
    /// Finds the workspace of the running xtask and this user's cache directory.
    pub(crate) fn open() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this with `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("the xtask directory has a parent")?.to_path_buf();
        let base = match env::var_os("XDG_CACHE_HOME").map(PathBuf::from) {
            Some(base) if base.is_absolute() => base,
            _ => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cache"),
        };
        let cache = base.join("tera-client");
        fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
        fs::create_dir_all(root.join("target"))?;
        Ok(Self { root, cache })
    }

    /// A path inside the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path inside the cache that all clones of this user share.
    pub(crate) fn cached(&self, name: &str) -> PathBuf {
        self.cache.join(name)
    }

    /// A command that starts in the workspace's root, reads nothing, and finds the installed tools first.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.search_path()).stdin(Stdio::null());
        command
    }

    /// The full path of a program that [`command`](Self::command) would find.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.search_path()).map(|dir| dir.join(program)).find(|path| path.is_file())
    }

    /// Runs a program to its end and returns what it wrote to stdout, without surrounding white space.
    pub(crate) fn output(&self, program: &str, args: &[&str]) -> Result<String> {
        let output = self
            .command(program)
            .args(args)
            .output()
            .with_context(|| format!("cannot start `{program}`; is it installed?"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            bail!("`{program} {}` failed: {}", args.join(" "), stderr.trim());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// The version of `package` in Cargo.lock.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let lock = fs::read_to_string(self.path("Cargo.lock"))?;
        let (_, entry) = lock
            .split_once(&format!("name = \"{package}\"\nversion = \""))
            .with_context(|| format!("Cargo.lock has no package {package}"))?;
        let (version, _) = entry.split_once('"').context("Cargo.lock is malformed")?;
        Ok(version.to_owned())
    }

    /// Whether the stamp file at `path` holds `fingerprint`.
    pub(crate) fn is_stamped(path: &Path, fingerprint: &Fingerprint) -> bool {
        fs::read_to_string(path).is_ok_and(|stamp| stamp == fingerprint.as_str())
    }

    fn search_path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let ours = cargo_tools::bin_dirs(self).into_iter().chain([self.path("node_modules/.bin")]);
        env::join_paths(ours.chain(env::split_paths(&inherited))).unwrap_or(inherited)
    }
}

/// Removes a directory and all below it, if it is there.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
