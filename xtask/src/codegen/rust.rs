//! Rust: prost types and the Any catalogue of `crates/protocol`, the schema tables of `crates/wire`, and what the methods
//! of contracts are called with, in `crates/service`.

use std::{fmt::Write, path::Path};

use anyhow::Result;
use prost_build::Module;
use prost_types::FileDescriptorSet;

use super::{
    Files,
    model::{Enum, Field, Kind, Message, Model, Presence},
};

const NOTICE: &str = "// Generated from proto/ by `cargo xtask codegen`. Do not edit.\n\n";

pub(super) fn generate(
    model: &Model,
    descriptors: FileDescriptorSet,
    root: &Path,
    files: &mut Files,
) -> Result<()> {
    let dir = root.join("crates/protocol/src/generated");
    for (module, text) in prost_types_of(descriptors)? {
        let of_contracts = module.starts_with("tera::contract");
        let dir = if of_contracts { &root.join("crates/service/src/generated") } else { &dir };
        files.push((dir.join(format!("{}.rs", module.replace("::", "/"))), format!("{NOTICE}{text}")));
    }
    files.push((dir.join("catalogue.rs"), catalogue(model)));
    files.push((root.join("crates/wire/src/generated/schema.rs"), schema(model)));
    Ok(())
}

/// The prost types of each package, package name first.
fn prost_types_of(descriptors: FileDescriptorSet) -> Result<Vec<(String, String)>> {
    let mut config = prost_build::Config::new();
    config
        .enable_type_names()
        .type_name_domain([".opentera.protobuf", ".tera.contract.v1"], "type.googleapis.com")
        // The short form of a type URL: these messages never leave the link.
        .type_name_domain([".tera.link.v1"], "");
    let requests = descriptors
        .file
        .into_iter()
        .map(|file| (Module::from_protobuf_package_name(file.package()), file))
        .collect();
    let mut texts: Vec<_> = config
        .generate(requests)?
        .into_iter()
        .map(|(module, text)| (module.to_string(), text))
        .filter(|(module, _)| module != "google::protobuf")
        .collect();
    texts.sort();
    Ok(texts)
}

fn catalogue(model: &Model) -> String {
    let names: Vec<_> =
        model.messages.iter().filter(|m| m.is_top_level()).map(|m| (rust_name(m), m)).collect();
    let mut out = String::from(NOTICE);
    out += "use prost::Message as _;\nuse prost_types::Any;\n\n";
    out += "use crate::{any::{pack, type_name}, error::DecodeError, opentera};\n\n";
    out += "/// Any message of the catalogue, told apart by its type URL.\n";
    out += "#[derive(Clone, Debug, PartialEq)]\n#[non_exhaustive]\npub enum Message {\n";
    for (name, message) in &names {
        let _ = writeln!(out, "    /// {}\n    {name}(opentera::{name}),", message.doc);
    }
    out += "    /// A type outside the catalogue, kept whole.\n    Unknown(Any),\n}\n\n";
    out += "impl Message {\n    /// Reads an Any by its type URL, whatever prefix the URL has.\n    ///\n";
    out += "    /// # Errors\n    ///\n    /// A known type whose bytes are no such message. An unknown type is no error.\n";
    out += "    pub fn unpack(any: &Any) -> Result<Self, DecodeError> {\n        let value = any.value.as_slice();\n";
    out += "        Ok(match type_name(&any.type_url) {\n";
    for (name, message) in &names {
        let _ = writeln!(
            out,
            "            \"{}\" => Self::{name}(opentera::{name}::decode(value)?),",
            message.full_name
        );
    }
    out += "            _ => Self::Unknown(any.clone()),\n        })\n    }\n\n";
    out +=
        "    /// Wraps the message into an Any; an unknown one comes out as it went in.\n    #[must_use]\n";
    out += "    pub fn pack(&self) -> Any {\n        match self {\n";
    for (name, _) in &names {
        let _ = writeln!(out, "            Self::{name}(message) => pack(message),");
    }
    out += "            Self::Unknown(any) => any.clone(),\n        }\n    }\n}\n";
    for (name, _) in &names {
        let _ = write!(
            out,
            "\nimpl From<opentera::{name}> for Message {{\n    fn from(message: opentera::{name}) -> Self {{\n        \
             Self::{name}(message)\n    }}\n}}\n"
        );
    }
    out
}

/// prost's spelling of a message's name.
fn rust_name(message: &Message) -> String {
    match message.short_name() {
        "RPCMessage" => "RpcMessage".to_owned(),
        name => name.to_owned(),
    }
}

fn schema(model: &Model) -> String {
    let mut out = String::from(NOTICE);
    out += "use std::borrow::Cow::Borrowed;\n\n";
    out += "use crate::schema::{Enum, Field, FieldName, FieldRules, Kind, Message, Presence::{Explicit, Implicit, Repeated}};\n";
    for (index, message) in model.messages.iter().enumerate() {
        let _ = writeln!(out, "\nstatic FIELDS_{index}: [Field; {}] = [", message.fields.len());
        for field in &message.fields {
            let _ = writeln!(out, "    {},", schema_field(field));
        }
        out += "];\n";
    }
    let _ = writeln!(out, "\npub(crate) static MESSAGES: [Message; {}] = [", model.messages.len());
    for (index, message) in model.messages.iter().enumerate() {
        let _ = writeln!(
            out,
            "    Message {{ name: Borrowed(\"{}\"), slots: {}, oneofs: {}, fields: Borrowed(&FIELDS_{index}) }},",
            message.full_name, message.slots, message.oneofs
        );
    }
    out += "];\n\n";
    let _ = writeln!(out, "pub(crate) static FIELD_NAMES: [&[FieldName]; {}] = [", model.messages.len());
    for message in &model.messages {
        let names: Vec<_> = message.fields.iter().map(schema_name).collect();
        let _ = writeln!(out, "    &[{}],", names.join(", "));
    }
    out += "];\n\n";
    let _ = writeln!(out, "pub(crate) static RULES: [&[FieldRules]; {}] = [", model.messages.len());
    for message in &model.messages {
        let rules: Vec<_> = message.fields.iter().filter_map(schema_rules).collect();
        let _ = writeln!(out, "    &[{}],", rules.join(", "));
    }
    out += "];\n\n";
    let _ = writeln!(out, "pub(crate) static ENUMS: [Enum; {}] = [", model.enums.len());
    for each in &model.enums {
        let _ = writeln!(out, "    {},", schema_enum(each));
    }
    out += "];\n\n";
    for (index, message) in model.messages.iter().enumerate() {
        if ["TeraEvent", "TeraMessage"].contains(&message.short_name()) {
            let name = message.short_name().replace("Tera", "TERA_");
            let _ = writeln!(out, "/// Index of `{}`.", message.short_name());
            let _ = writeln!(out, "pub const {}: usize = {index};", name.to_uppercase());
        }
    }
    out
}

fn schema_field(field: &Field) -> String {
    let kind = match field.kind {
        Kind::Double => "Kind::Double".to_owned(),
        Kind::Float => "Kind::Float".to_owned(),
        Kind::Int64 => "Kind::Int64".to_owned(),
        Kind::Uint64 => "Kind::Uint64".to_owned(),
        Kind::Uint32 => "Kind::Uint32".to_owned(),
        Kind::Bool => "Kind::Bool".to_owned(),
        Kind::String => "Kind::String".to_owned(),
        Kind::Bytes => "Kind::Bytes".to_owned(),
        Kind::Enum(index) => format!("Kind::Enum({index})"),
        Kind::Message(index) => format!("Kind::Message({index})"),
        Kind::Any => "Kind::Any".to_owned(),
    };
    let presence = match field.presence {
        Presence::Implicit => "Implicit".to_owned(),
        Presence::Explicit(oneof) => format!("Explicit({oneof})"),
        Presence::Repeated => "Repeated".to_owned(),
    };
    format!("Field {{ number: {}, kind: {kind}, presence: {presence}, slot: {} }}", field.number, field.slot)
}

fn schema_name(field: &Field) -> String {
    format!("FieldName {{ proto: \"{}\", json: \"{}\" }}", field.name, field.json_name)
}

fn schema_rules(field: &Field) -> Option<String> {
    let Field { number, is_required, is_uuid, .. } = field;
    (*is_required || *is_uuid)
        .then(|| format!("FieldRules {{ number: {number}, is_required: {is_required}, is_uuid: {is_uuid} }}"))
}

fn schema_enum(each: &Enum) -> String {
    let values: Vec<_> = each.values.iter().map(|(number, name)| format!("({number}, \"{name}\")")).collect();
    format!("Enum {{ name: \"{}\", values: &[{}] }}", each.full_name, values.join(", "))
}
