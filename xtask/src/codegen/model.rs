//! What the generators need to know of the messages, read from the descriptors once.

use std::collections::BTreeMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

use super::{layout, rules::Rules};

/// The package whose messages make up the catalogue.
const CATALOGUE_PACKAGE: &str = "opentera.protobuf";

/// All catalogue messages and enums. A message's or an enum's index is its place in these lists.
pub(super) struct Model {
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    /// The link's error codes: name in lower case, comment.
    pub(super) error_codes: Vec<(String, String)>,
}

pub(super) struct Message {
    /// Such as `opentera.protobuf.TeraEvent.Header`.
    pub(super) full_name: String,
    pub(super) doc: String,
    pub(super) fields: Vec<Field>,
    /// Length of the message's record on the tape.
    pub(super) slots: usize,
    /// Slot of the first oneof.
    pub(super) oneofs: usize,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) json_name: String,
    pub(super) number: i32,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
    pub(super) slot: usize,
    /// Whether it must be set.
    pub(super) is_required: bool,
    /// Whether it is text that is a UUID.
    pub(super) is_uuid: bool,
    pub(super) doc: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Absent and default are the same.
    Implicit,
    /// A member of the message's oneof with this index.
    Explicit(i32),
    Repeated,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Double,
    Float,
    Int64,
    Uint64,
    Uint32,
    Bool,
    String,
    Bytes,
    Enum(usize),
    Message(usize),
    Any,
}

pub(super) struct Enum {
    /// Such as `opentera.protobuf.DeviceEvent.EventType`.
    pub(super) full_name: String,
    pub(super) values: Vec<(i32, String)>,
}

impl Message {
    /// The name without its package: `TeraEvent.Header`.
    pub(super) fn short_name(&self) -> &str {
        short(&self.full_name)
    }

    /// True for messages that stand alone, false for parts of another one.
    pub(super) fn is_top_level(&self) -> bool {
        !self.short_name().contains('.')
    }

    /// The short name as one identifier: `TeraEventHeader`.
    pub(super) fn identifier(&self) -> String {
        self.short_name().replace('.', "")
    }
}

impl Enum {
    /// The short name as one identifier: `DeviceEventEventType`.
    pub(super) fn identifier(&self) -> String {
        short(&self.full_name).replace('.', "")
    }
}

fn short(full_name: &str) -> &str {
    full_name.strip_prefix(CATALOGUE_PACKAGE).map_or(full_name, |rest| &rest[1..])
}

impl Model {
    pub(super) fn new(descriptors: &FileDescriptorSet, rules: &Rules) -> Self {
        let mut found = Found::default();
        let mut error_codes = Vec::new();
        for file in &descriptors.file {
            let comments = comments(file);
            match file.package() {
                CATALOGUE_PACKAGE => {
                    for (index, message) in file.message_type.iter().enumerate() {
                        found.visit(CATALOGUE_PACKAGE, message, vec![4, index as i32], &comments);
                    }
                }
                "tera.link.v1" => {
                    for (index, codes) in file.enum_type.iter().enumerate() {
                        if codes.name() == "ErrorCode" {
                            error_codes = enum_with_comments(codes, &[5, index as i32], &comments);
                        }
                    }
                }
                _ => {}
            }
        }
        found.into_model(error_codes, rules)
    }
}

/// Comments of a file by descriptor path, as one line of text each.
type Comments = BTreeMap<Vec<i32>, String>;

fn comments(file: &prost_types::FileDescriptorProto) -> Comments {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations
        .filter_map(|location| {
            let text = location.leading_comments.as_deref()?;
            Some((location.path.clone(), text.split_whitespace().collect::<Vec<_>>().join(" ")))
        })
        .collect()
}

fn enum_with_comments(
    codes: &EnumDescriptorProto,
    path: &[i32],
    comments: &Comments,
) -> Vec<(String, String)> {
    let values = codes.value.iter().enumerate();
    values
        .map(|(index, value)| {
            let path = [path, &[2, index as i32]].concat();
            (value.name().to_lowercase(), comments.get(&path).cloned().unwrap_or_default())
        })
        .collect()
}

/// Messages and enums as the descriptors list them, before names are resolved to indices.
#[derive(Default)]
struct Found<'a> {
    messages: Vec<(String, &'a DescriptorProto, String, Vec<String>)>,
    enums: Vec<Enum>,
}

impl<'a> Found<'a> {
    fn visit(&mut self, scope: &str, message: &'a DescriptorProto, path: Vec<i32>, comments: &Comments) {
        let full_name = format!("{scope}.{}", message.name());
        let at = |path: &[i32]| comments.get(path).cloned().unwrap_or_default();
        let fields =
            (0..message.field.len()).map(|index| at(&[&path[..], &[2, index as i32]].concat())).collect();
        self.messages.push((full_name.clone(), message, at(&path), fields));
        for nested in &message.enum_type {
            let values = nested.value.iter().map(|value| (value.number(), value.name().to_owned())).collect();
            self.enums.push(Enum { full_name: format!("{full_name}.{}", nested.name()), values });
        }
        for (index, nested) in message.nested_type.iter().enumerate() {
            self.visit(&full_name, nested, [&path[..], &[3, index as i32]].concat(), comments);
        }
    }

    fn into_model(mut self, error_codes: Vec<(String, String)>, rules: &Rules) -> Model {
        self.messages.sort_by(|a, b| a.0.cmp(&b.0));
        self.enums.sort_by(|a, b| a.full_name.cmp(&b.full_name));
        let messages = self.messages.iter().map(|(full_name, descriptor, doc, field_docs)| {
            let mut fields: Vec<Field> =
                descriptor.field.iter().zip(field_docs).map(|(field, doc)| self.field(field, doc)).collect();
            for field in &mut fields {
                field.is_required = rules.is_required(full_name, field.number);
                field.is_uuid = rules.is_uuid(full_name, field.number);
                assert!(!field.is_uuid || field.kind == Kind::String, "{full_name}: only text is a UUID");
            }
            fields.sort_by_key(|field| field.number);
            let oneofs = layout::assign(&mut fields);
            let slots = oneofs + descriptor.oneof_decl.len();
            Message { full_name: full_name.clone(), doc: doc.clone(), fields, slots, oneofs }
        });
        Model { messages: messages.collect(), enums: self.enums, error_codes }
    }

    fn field(&self, field: &FieldDescriptorProto, doc: &str) -> Field {
        let presence = match (field.label(), field.oneof_index) {
            (Label::Repeated, _) => Presence::Repeated,
            (_, Some(oneof)) => Presence::Explicit(oneof),
            _ => Presence::Implicit,
        };
        Field {
            name: field.name().to_owned(),
            json_name: field.json_name().to_owned(),
            number: field.number(),
            kind: self.kind(field),
            presence,
            slot: 0,
            is_required: false,
            is_uuid: false,
            doc: doc.to_owned(),
        }
    }

    fn kind(&self, field: &FieldDescriptorProto) -> Kind {
        let type_name = field.type_name().trim_start_matches('.');
        match field.r#type() {
            Type::Double => Kind::Double,
            Type::Float => Kind::Float,
            Type::Int64 => Kind::Int64,
            Type::Uint64 => Kind::Uint64,
            Type::Uint32 => Kind::Uint32,
            Type::Bool => Kind::Bool,
            Type::String => Kind::String,
            Type::Bytes => Kind::Bytes,
            Type::Enum => Kind::Enum(
                self.enums
                    .iter()
                    .position(|known| known.full_name == type_name)
                    .expect("enums are all listed"),
            ),
            Type::Message if type_name == "google.protobuf.Any" => Kind::Any,
            Type::Message => Kind::Message(
                self.messages.iter().position(|known| known.0 == type_name).expect("messages are all listed"),
            ),
            other => unimplemented_kind(field.name(), other),
        }
    }
}

/// The catalogue uses a part of protobuf's types; one that is new to it needs a look at the tape first.
fn unimplemented_kind(name: &str, kind: Type) -> Kind {
    panic!("field `{name}`: type {kind:?} is not yet in the tape's layout (xtask/src/codegen/layout.rs)")
}
