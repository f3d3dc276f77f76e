//! The Rust of contracts that the workspace itself implements, and the messages that calls of all contracts are made of, as
//! the npm package registers them.

use std::path::Path;

use anyhow::Result;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::Files;

/// Each contract, and the module that it becomes.
const CONTRACTS: [(&str, &str); 3] = [
    ("examples/thermostat/thermostat.proto", "examples/thermostat/server/src/contract"),
    ("crates/service/tests/service/names.proto", "crates/service/tests/service/names"),
    ("crates/service/tests/service/trial.proto", "crates/service/tests/service/contract"),
];

pub(super) fn generate(root: &Path, set: &FileDescriptorSet, files: &mut Files) -> Result<()> {
    files.push((root.join("pkg/src/generated/contract.ts"), messages(set)));
    for (contract, module) in CONTRACTS {
        let set = tera_contracts::compile(&root.join(contract), &[root.join("proto")])?;
        let texts = tera_contracts::rust(&set)?;
        files.extend(texts.into_iter().map(|(name, text)| (root.join(module).join(name), text)));
    }
    Ok(())
}

fn messages(set: &FileDescriptorSet) -> String {
    let ours = set.file.iter().filter(|file| file.package() == "tera.contract.v1");
    // The import is of google.protobuf.Any, which every client knows.
    let bare = |file: &FileDescriptorProto| FileDescriptorProto {
        source_code_info: None,
        dependency: Vec::new(),
        ..file.clone()
    };
    let text = BASE64_STANDARD.encode(FileDescriptorSet { file: ours.map(bare).collect() }.encode_to_vec());
    format!(
        "// Generated from proto/ by `cargo xtask codegen`. Do not edit.\n\n\
         /** The descriptors of the package tera.contract.v1, in base64. */\nexport const CONTRACT =\n  \"{text}\";\n"
    )
}
