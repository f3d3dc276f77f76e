//! Descriptor sets: of the fixtures, and of files that are given as text.

use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorSet;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The set of the fixture and of all that it imports.
pub(crate) fn acme() -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    compile(&[fixtures, root().join("proto")], &["acme.proto"], true)
}

/// The set of every file of the catalogue.
pub(crate) fn catalogue() -> Vec<u8> {
    let files =
        ["presence", "rpc", "session", "system", "wrappers"].map(|name| format!("opentera/{name}.proto"));
    compile(&[root().join("proto")], &files.each_ref().map(String::as_str), true)
}

/// The set of a proto3 file with these messages, of what it imports, and with the options that rules are.
pub(crate) fn with_rules(messages: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let head = r#"syntax = "proto3"; package acme; import "tera/rules/v1/rules.proto";"#;
    std::fs::write(dir.path().join("rules.proto"), [head, messages].concat()).unwrap();
    compile(&[dir.path().to_path_buf(), root().join("proto")], &["rules.proto"], true)
}

/// The set of one file with this text, without what it imports.
pub(crate) fn file(name: &str, text: &str) -> FileDescriptorSet {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), text).unwrap();
    let set = compile(&[dir.path().to_path_buf(), root().join("proto")], &[name], false);
    FileDescriptorSet::decode(set.as_slice()).unwrap()
}

fn compile(includes: &[PathBuf], files: &[&str], with_imports: bool) -> Vec<u8> {
    protox::Compiler::new(includes)
        .unwrap()
        .include_imports(with_imports)
        .open_files(files)
        .unwrap()
        .encode_file_descriptor_set()
}
