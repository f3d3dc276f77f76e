//! Locks between several xtasks that run at once.

use anyhow::{Context as _, Result};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Locks the file at `path` until the result is dropped. Says so when it has to wait for another xtask that is `doing` something.
pub(crate) fn hold(path: &Path, doing: &str) -> Result<File> {
    let explain = || format!("cannot lock {}", path.display());
    let lock = File::create(path).with_context(explain)?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            println!("  waiting for another xtask, which is {doing} (it holds {})", path.display());
            lock.lock().with_context(explain)?;
        }
        tried => tried.with_context(explain)?,
    }
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    #[test]
    fn the_second_waits_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let is_free = AtomicBool::new(false);
        let first = hold(&path, "testing").unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _second = hold(&path, "testing").unwrap();
                assert!(is_free.load(Ordering::SeqCst));
            });
            thread::sleep(std::time::Duration::from_millis(50));
            is_free.store(true, Ordering::SeqCst);
            drop(first);
        });
    }
}
