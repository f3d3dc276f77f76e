//! A short digest of inputs, to tell whether a result is still current. It guards against change, not against attack.

use anyhow::{Context as _, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

/// Sixteen hexadecimal digits that change whenever an input does.
#[derive(Debug)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// Digests `texts` and the contents of `paths`; a directory counts with all that is below it.
    ///
    /// Directories named `node_modules` or in `skip` are left out. A path that does not exist is an error.
    pub(crate) fn of(texts: &[&str], paths: &[impl AsRef<Path>], skip: &[&Path]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        texts.hash(&mut hasher);
        for path in paths {
            digest(path.as_ref(), skip, &mut hasher)?;
        }
        Ok(Self(format!("{:016x}", hasher.finish())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn digest(path: &Path, skip: &[&Path], hasher: &mut DefaultHasher) -> Result<()> {
    let explain = || format!("cannot read {}", path.display());
    path.hash(hasher);
    if !path.is_dir() {
        fs::read(path).with_context(explain)?.hash(hasher);
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(explain)?;
    let mut children = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    children.sort();
    for child in children {
        if !child.ends_with("node_modules") && !skip.contains(&child.as_path()) {
            digest(&child, skip, hasher)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_text_changes_the_fingerprint() {
        let none: &[&Path] = &[];
        let one = Fingerprint::of(&["a", "b"], none, &[]).unwrap();
        assert_eq!(one.as_str(), Fingerprint::of(&["a", "b"], none, &[]).unwrap().as_str());
        assert_ne!(one.as_str(), Fingerprint::of(&["ab", ""], none, &[]).unwrap().as_str());
    }

    #[test]
    fn missing_input_is_an_error() {
        assert!(Fingerprint::of(&[], &[Path::new("/nonexistent/input")], &[]).is_err());
    }
}
