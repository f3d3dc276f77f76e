//! Generates typed clients and servers from contracts: the `service` definitions of `.proto` files.
//!
//! [`compile`] reads and checks a contract, [`rust`] writes its messages, the trait of its servers, what serves that, and
//! its client; [`typescript`] has the npm package's own command write the messages and the client. Methods are unary or
//! stream from the server; others are refused. The generated Rust stands on the crate `tera-service`, the generated
//! TypeScript on `tera-client/contracts`.

mod check;
mod rust;
mod typescript;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use prost_types::FileDescriptorSet;

pub use rust::rust;
pub use typescript::typescript;

/// Compiles a `.proto` file with all that it imports, and checks what its services are made of. Imports are looked up in
/// `includes` and beside the file.
///
/// # Errors
///
/// The file or an import can't be read or is no valid `.proto` file, it has no service, or a method of it can't be
/// generated. The error names file and line.
pub fn compile(file: &Path, includes: &[PathBuf]) -> Result<FileDescriptorSet> {
    let directory = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let includes = includes.iter().map(PathBuf::as_path).chain([directory]);
    let mut compiler = protox::Compiler::new(includes)?;
    compiler.include_imports(true).include_source_info(true);
    // The Debug text of these errors has the line; their Display text has not.
    compiler.open_file(file).map_err(|error| anyhow!("{error:?}"))?;
    let set = compiler.file_descriptor_set();
    let contract = set.file.last().context("a compiled file is in its own set")?;
    if contract.service.is_empty() {
        return Err(anyhow!("{}: there is no `service` in it", contract.name()));
    }
    check::methods(&set)?;
    Ok(set)
}
