//! Generates everything that follows from `proto/`: prost types, the Any catalogue, schema tables, TypeScript
//! types and readers, the rules of fields, and the message table of the docs; and from the contracts of examples and tests
//! their Rust. `--check` compares instead of writing.

mod contracts;
mod layout;
mod markdown;
mod model;
mod rules;
mod rust;
mod typescript;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use model::Model;
use rules::Rules;

/// Every file the generator owns, with the text it must have.
type Files = Vec<(PathBuf, String)>;

/// Writes the generated files, or with `check` fails, naming each file that differs.
pub(crate) fn run(check: bool) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let proto = root.join("proto");
    let mut compiler = protox::Compiler::new([&proto])?;
    compiler.include_source_info(true).include_imports(true).open_files(proto_files(&proto)?)?;
    let descriptors = compiler.file_descriptor_set();

    let model = Model::new(&descriptors, &Rules::new(compiler.descriptor_pool())?);
    let mut files: Files = Vec::new();
    rust::generate(&model, descriptors.clone(), root, &mut files)?;
    typescript::generate(&model, &root.join("pkg/src/generated"), &mut files);
    markdown::generate(&model, &root.join("docs"), &mut files);
    contracts::generate(root, &descriptors, &mut files)?;

    let drifted: Vec<_> =
        files.iter().filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text)).collect();
    if check && !drifted.is_empty() {
        let names: Vec<_> = drifted.iter().map(|(path, _)| path.display().to_string()).collect();
        bail!("generated files differ from proto/: run `cargo xtask codegen`\n  {}", names.join("\n  "));
    }
    for (path, text) in drifted {
        fs::create_dir_all(path.parent().context("generated files lie in a directory")?)?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("generated {}", path.strip_prefix(root).unwrap_or(path).display());
    }
    Ok(())
}

/// Every `.proto` file under `dir`, in a stable order, as protox wants them: relative to the include path.
pub(crate) fn proto_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("cannot read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                found.push(path.strip_prefix(dir)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
