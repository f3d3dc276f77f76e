//! What a contract may not have: streams from the client, and names that become one.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, bail};
use heck::ToUpperCamelCase as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto};

/// Fields of a descriptor's source info: the messages, enums and services of a file, the methods of a service.
const MESSAGE: i32 = 4;
const ENUM: i32 = 5;
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

/// Types of these files that would be one in Rust.
pub(crate) fn rust_types<'a>(files: impl Iterator<Item = &'a FileDescriptorProto>) -> Result<()> {
    let mut names = HashMap::new();
    for file in files {
        for (name, what, path) in types(file) {
            if let Some(other) = names.insert((file.package(), name.clone()), what.clone()) {
                let place = place(file, &path);
                bail!("{place}: {what} would have the name of {other} in Rust: {name}");
            }
        }
    }
    Ok(())
}

/// The types that a file becomes in Rust: their names, what they are, and where that is defined.
fn types(file: &FileDescriptorProto) -> Vec<(String, String, [i32; 2])> {
    let mut types = Vec::new();
    let mut add = |sort: &str, name: &str, end: &str, path| {
        types.push((format!("{}{end}", name.to_upper_camel_case()), format!("{sort} {name}"), path));
    };
    for (index, message) in file.message_type.iter().enumerate() {
        add("the message", message.name(), "", [MESSAGE, index as i32]);
    }
    for (index, each) in file.enum_type.iter().enumerate() {
        add("the enum", each.name(), "", [ENUM, index as i32]);
    }
    for (index, service) in file.service.iter().enumerate() {
        add("the service", service.name(), "", [SERVICE, index as i32]);
        add("the client of the service", service.name(), "Client", [SERVICE, index as i32]);
    }
    types
}

/// `file:line:column`, as compilers write it.
fn place(file: &FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    match locations.into_iter().find(|location| location.path == path).map(|location| &location.span[..]) {
        Some([line, column, ..]) => format!("{}:{}:{}", file.name(), line + 1, column + 1),
        _ => file.name().to_owned(),
    }
}
