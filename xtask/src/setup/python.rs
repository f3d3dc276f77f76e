//! A virtual environment with the official OpenTera package, the reference peer of the compatibility tests.

use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

const REQUIREMENTS: &str = "tests/compat/requirements.txt";
/// Fails unless the parts that the tests use can be imported.
const PROBE: &str =
    "import opentera.messages.python, opentera.services.ServiceOpenTera, opentera.redis.RedisRPCClient";

/// The environment's interpreter, which is there after [`ensure`].
pub(crate) fn interpreter(workspace: &Workspace) -> Result<PathBuf> {
    Ok(environment(workspace)?.join("bin/python"))
}

/// The Debian packages without which no environment can be created.
pub(crate) fn missing(workspace: &Workspace) -> Vec<&'static str> {
    let probe = workspace.output("python3", &["-c", "import ensurepip, venv"]);
    if probe.is_ok() { Vec::new() } else { vec!["python3", "python3-venv"] }
}

/// Creates the environment unless it is complete.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    let environment = environment(workspace)?;
    let complete = environment.join("complete");
    if complete.is_file() {
        return Ok(());
    }
    step("Python environment", "installing the opentera package, about a minute", || {
        run_quietly(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
        let python = environment.join("bin/python");
        // The list is complete and exact, so pip must not add what a whole OpenTera server would need.
        let install = ["-m", "pip", "install", "--no-deps", "--requirement", REQUIREMENTS];
        run_quietly(workspace.command(&python).args(install))?;
        run_quietly(workspace.command(&python).args(["-c", PROBE]))
    })?;
    Ok(fs::write(complete, "")?)
}

/// A directory per requirements file and Python version.
fn environment(workspace: &Workspace) -> Result<PathBuf> {
    let version = workspace.output("python3", &["--version"])?;
    let fingerprint =
        Fingerprint::of(&[&version, &fs::read_to_string(workspace.path(REQUIREMENTS))?], NO_PATHS, &[])?;
    Ok(workspace.cached(&format!("python-{}", fingerprint.as_str())))
}

const NO_PATHS: &[PathBuf] = &[];
