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
    /// Write <FILE>.ts there; `tera-client` has to be installed there or above
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
        let stem = options.file.file_stem().context("the file has a name")?;
        tera_contracts::typescript(&set, &directory.join(stem).with_extension("ts"))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().context("a file lies in a directory")?).with_context(failed)?;
    fs::write(path, text).with_context(failed)
}
