//! What the SDK is measured against: the peers' packages, and the code that their generators make from `proto/`.

use crate::codegen::proto_files;
use crate::fingerprint::Fingerprint;
use crate::process::run_quietly;
use crate::progress::step;
use crate::workspace::{Workspace, remove_tree};
use anyhow::{Context as _, Result, bail};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use prost_types::compiler::{CodeGeneratorRequest, CodeGeneratorResponse};
use std::fs;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

const GENERATED: &str = "target/bench/generated";
const PROTO: &str = "proto";
/// Nothing that slows decoding or encoding down: what a user who wants speed chooses.
const PBJS: &[&str] = &[
    "--target=static-module",
    "--wrap=esm",
    "--no-verify",
    "--no-convert",
    "--no-delimited",
    "--no-typeurl",
    "--no-comments",
    "--no-service",
];
const TS_PROTO: &str = "outputJsonMethods=false,outputPartialMethods=false,forceLong=bigint,importSuffix=.ts";

/// Generates the peers' code, unless it is there for the same `proto/` and the same packages.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    let inputs =
        [PROTO, "bench/package-lock.json", "xtask/src/bench/peers.rs"].map(|name| workspace.path(name));
    let fingerprint = Fingerprint::of(&[], &inputs, &[])?;
    let stamp = workspace.path(GENERATED).join("stamp");
    if Workspace::is_stamped(&stamp, &fingerprint) {
        return Ok(());
    }
    step("peers", "generating their code", || generate(workspace))?;
    Ok(fs::write(stamp, fingerprint.as_str())?)
}

fn generate(workspace: &Workspace) -> Result<()> {
    let proto = workspace.path(PROTO);
    let out = workspace.path(GENERATED);
    remove_tree(&out)?;
    fs::create_dir_all(&out)?;
    let files = proto_files(&proto)?;
    let (opentera, _): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.starts_with("opentera"));
    pbjs(workspace, &opentera, &out.join("protobufjs-opentera.js"))?;
    pbjs(workspace, &files.iter().collect::<Vec<_>>(), &out.join("protobufjs.js"))?;
    pbf(workspace, &proto, &files, &out)?;
    let descriptors =
        protox::Compiler::new([&proto])?.include_imports(true).open_files(&files)?.file_descriptor_set();
    plugin(workspace, &descriptors, "protoc-gen-es", "target=js", &out.join("protobuf-es"))?;
    plugin(workspace, &descriptors, "protoc-gen-ts_proto", TS_PROTO, &out.join("ts-proto"))
}

fn program(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path("bench/node_modules/.bin").join(name)
}

fn pbjs(workspace: &Workspace, files: &[&PathBuf], out: &Path) -> Result<()> {
    let mut command = workspace.command(program(workspace, "pbjs"));
    command.args(PBJS).arg("--path").arg(workspace.path(PROTO)).arg("--out").arg(out);
    run_quietly(command.args(files.iter().map(|file| workspace.path(PROTO).join(file))))
}

/// pbf's generator reads one file and knows no include path: it gets all messages in one, with an Any of its own.
fn pbf(workspace: &Workspace, proto: &Path, files: &[PathBuf], out: &Path) -> Result<()> {
    let mut merged =
        String::from("syntax = \"proto3\";\nmessage Any {\n  string type_url = 1;\n  bytes value = 2;\n}\n");
    for file in files {
        let text = fs::read_to_string(proto.join(file))?;
        let kept = text
            .lines()
            .filter(|line| !["syntax ", "package ", "import "].iter().any(|word| line.starts_with(word)));
        for line in kept {
            merged.push_str(&line.replace("google.protobuf.Any", "Any").replace("opentera.protobuf.", ""));
            merged.push('\n');
        }
    }
    let source = out.join("pbf.proto");
    fs::write(&source, merged)?;
    let source = source.to_str().context("the workspace's path is no text")?;
    let code = workspace.output(&program(workspace, "pbf").to_string_lossy(), &[source])?;
    Ok(fs::write(out.join("pbf.js"), code)?)
}

/// Does what protoc does with a plugin: hands it the descriptors and writes the files that it answers with.
fn plugin(
    workspace: &Workspace,
    descriptors: &FileDescriptorSet,
    name: &str,
    parameter: &str,
    out: &Path,
) -> Result<()> {
    let request = CodeGeneratorRequest {
        file_to_generate: descriptors.file.iter().map(|file| file.name().to_owned()).collect(),
        parameter: Some(parameter.to_owned()),
        proto_file: descriptors.file.clone(),
        compiler_version: None,
    };
    let mut input = tempfile::tempfile()?;
    input.write_all(&request.encode_to_vec())?;
    input.rewind()?;
    let output = workspace.command(program(workspace, name)).stdin(input).output()?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let response = CodeGeneratorResponse::decode(output.stdout.as_slice())?;
    if let Some(error) = response.error {
        bail!("{name} failed: {error}");
    }
    for file in response.file {
        let path = out.join(file.name());
        fs::create_dir_all(path.parent().context("a generated file lies in a directory")?)?;
        fs::write(path, file.content())?;
    }
    Ok(())
}
