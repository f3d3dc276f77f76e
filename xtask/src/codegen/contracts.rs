//! The Rust of contracts that the workspace itself implements.

use std::path::Path;

use anyhow::Result;

use super::Files;

/// Each contract, and the module that it becomes.
const CONTRACTS: [(&str, &str); 2] = [
    ("examples/thermostat/thermostat.proto", "examples/thermostat/server/src/contract"),
    ("crates/service/tests/service/trial.proto", "crates/service/tests/service/contract"),
];

pub(super) fn generate(root: &Path, files: &mut Files) -> Result<()> {
    for (contract, module) in CONTRACTS {
        let set = tera_contracts::compile(&root.join(contract), &[root.join("proto")])?;
        let texts = tera_contracts::rust(&set)?;
        files.extend(texts.into_iter().map(|(name, text)| (root.join(module).join(name), text)));
    }
    Ok(())
}
