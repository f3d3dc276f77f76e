//! Child processes that never outlive this one: each leads a process group, and the group is ended when its
//! [`Running`] is dropped or when this program is told to stop.

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid};
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a process group gets to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes SIGINT, SIGTERM and SIGHUP end all children, then this program with status 130.
pub(crate) fn end_children_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        // Holding the lock keeps other threads from starting further children.
        let groups = groups();
        end_groups(&groups);
        std::process::exit(130);
    })
    .context("cannot install the signal handler")
}

/// A child process in a group of its own, ended with its descendants on drop.
#[derive(Debug)]
pub(crate) struct Running {
    /// The process itself, for its pipes.
    pub(crate) child: Child,
    group: Pid,
}

impl Running {
    /// Starts `command` in a new process group.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut groups = groups();
        let program = command.get_program().to_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{}`; is it installed?", program.display()))?;
        let group = Pid::from_child(&child);
        groups.push(group);
        Ok(Self { child, group })
    }

    /// Waits until the process ends.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Waits until the process ends, but no longer than `limit`.
    pub(crate) fn wait_for(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end_groups(&[self.group]);
        groups().retain(|&group| group != self.group);
    }
}

/// SIGTERM for all members, SIGKILL for those that are still there after [`GRACE`].
fn end_groups(groups: &[Pid]) {
    let deadline = Instant::now() + GRACE;
    // A group that has already ended refuses signals; that is the wanted state.
    for &group in groups {
        let _ = kill_process_group(group, Signal::TERM);
    }
    while Instant::now() < deadline && groups.iter().any(|&group| is_alive(group)) {
        thread::sleep(Duration::from_millis(20));
    }
    for &group in groups {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Whether the group still has a member, after reaping the children of ours that have ended.
fn is_alive(group: Pid) -> bool {
    while let Ok(Some(_)) = waitpgid(group, WaitOptions::NOHANG) {}
    test_kill_process_group(group).is_ok()
}

/// Runs `command` to its end with its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = Running::start(command)?.wait()?;
    check(command, status)
}

/// Runs `command` to its end in silence; a failure's error carries all that the command wrote.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    // A file, because a pipe would stay open for as long as a daemon that the command left behind.
    let mut log = tempfile::tempfile()?;
    command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    let status = Running::start(command)?.wait()?;
    check(command, status).with_context(|| {
        let mut text = Vec::new();
        let _ = log.rewind().and_then(|()| log.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        let line: Vec<_> = [command.get_program()]
            .into_iter()
            .chain(command.get_args())
            .map(|s| s.to_string_lossy())
            .collect();
        bail!("`{}` failed ({status})", line.join(" "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_hangs_is_waited_for_no_longer_than_the_limit() {
        let mut hanging = Running::start(Command::new("sleep").arg("600")).unwrap();
        assert!(hanging.wait_for(Duration::from_millis(50)).unwrap().is_none());
        let mut ending = Running::start(&mut Command::new("true")).unwrap();
        assert!(ending.wait_for(Duration::from_secs(60)).unwrap().unwrap().success());
    }
}
