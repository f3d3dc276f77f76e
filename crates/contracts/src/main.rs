//! The command `tera-contracts`: writes what a contract becomes in TypeScript and in Rust.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::Parser;

/// Generates a typed client for TypeScript, and a typed client and a server's trait for Rust, from the services of a
/// .proto file
#[derive(Debug, Parser)]
#[command(name = "tera-contracts")]
struct Options {
    /// The .proto file
    file: PathBuf,
    /// Where imports are looked up, besides the file's own directory
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    includes: Vec<PathBuf>,
    /// Write <FILE> there, with .ts in place of .proto; `tera-client` has to be installed there or above
    #[arg(long, value_name = "DIR", required_unless_present = "rust")]
    typescript: Option<PathBuf>,
    /// Write a module there: mod.rs, and a file for each package
    #[arg(long, value_name = "DIR")]
    rust: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let set = tera_contracts::compile(&options.file, &options.includes)?;
    if let Some(directory) = &options.rust {
        for (name, text) in tera_contracts::rust(&set)? {
            write(&directory.join(name), &text)?;
        }
    }
    if let Some(directory) = &options.typescript {
        tera_contracts::typescript(&set, &typescript_file(directory, &options.file)?)?;
    }
    Ok(())
}

fn typescript_file(directory: &Path, contract: &Path) -> Result<PathBuf> {
    let mut name = contract.file_stem().context("the file has a name")?.to_owned();
    name.push(".ts");
    Ok(directory.join(name))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().context("a file lies in a directory")?).with_context(failed)?;
    fs::write(path, text).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typescript_of_each_version_is_a_file_of_its_own() {
        for (contract, expected) in
            [("x.proto", "D/x.ts"), ("a/x.v1.proto", "D/x.v1.ts"), ("x.v2.proto", "D/x.v2.ts")]
        {
            assert_eq!(typescript_file(Path::new("D"), Path::new(contract)).ok(), Some(expected.into()));
        }
    }
}
