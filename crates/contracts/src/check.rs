//! What a contract may not have: streams from the client, and methods that become one name.

use std::collections::HashSet;

use anyhow::{Result, bail};
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto};

/// Fields of a descriptor's source info: the services of a file, the methods of a service.
const SERVICE: i32 = 6;
const METHOD: i32 = 2;

pub(crate) fn methods(set: &FileDescriptorSet) -> Result<()> {
    for file in &set.file {
        for (index, service) in file.service.iter().enumerate() {
            let mut names = HashSet::new();
            for (number, method) in service.method.iter().enumerate() {
                let place = place(file, &[SERVICE, index as i32, METHOD, number as i32]);
                let what = format!("{place}: {}.{}", service.name(), method.name());
                if let Some(why) = refusal(method, &mut names) {
                    bail!("{what} {why}");
                }
            }
        }
    }
    Ok(())
}

fn refusal(method: &MethodDescriptorProto, names: &mut HashSet<String>) -> Option<&'static str> {
    if method.client_streaming() {
        return Some(
            "streams from the client, which the bus has no way for: only the response may be a `stream`",
        );
    }
    let bare: String = method.name().chars().filter(|&letter| letter != '_').collect();
    if !names.insert(bare.to_lowercase()) {
        return Some(
            "has the name of another method but for its case and `_`, which differ between languages",
        );
    }
    matches!(&*bare.to_lowercase(), "constructor" | "new")
        .then_some("has a name that generated clients need for making them")
}

/// `file:line:column`, as compilers write it.
fn place(file: &FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    match locations.into_iter().find(|location| location.path == path).map(|location| &location.span[..]) {
        Some([line, column, ..]) => format!("{}:{}:{}", file.name(), line + 1, column + 1),
        _ => file.name().to_owned(),
    }
}
