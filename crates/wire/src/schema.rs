//! Messages as tables: those of the catalogue, generated from `proto/`, and the form that a
//! [registry](crate::registry) gives to messages of an application's own.
//!
//! The tables drive every codec that works without knowing a message's Rust type: the tape and, for the
//! catalogue, the JSON mapping.

use std::borrow::Cow;

pub use crate::generated::schema::{TERA_EVENT, TERA_MESSAGE};

/// One message type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Full name, such as `opentera.protobuf.TeraEvent.Header`; empty for the entry of a map, which no URL names.
    pub name: Cow<'static, str>,
    /// Length of the message's record on the tape: its type index, the slots of its fields, and one for each oneof.
    pub slots: usize,
    /// Slot of the first oneof in the message's record; the others follow.
    pub oneofs: usize,
    /// In the order of their numbers.
    pub fields: Cow<'static, [Field]>,
}

/// One field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Field number on the wire.
    pub number: u32,
    /// Type of the value, or of each element of a repeated field.
    pub kind: Kind,
    /// Whether the field can be absent or repeated.
    pub presence: Presence,
    /// First slot of the field in the message's record on the tape.
    pub slot: usize,
}

/// What a field of the catalogue is called. The [`FIELD_NAMES`] are apart from the fields, because the tape needs none.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldName {
    /// In the `.proto` file.
    pub proto: &'static str,
    /// In JSON and JavaScript.
    pub json: &'static str,
}

/// What a field of the catalogue must hold for its message to be valid. The [`RULES`] are apart from the fields, because
/// only validation needs them. Source: the options of `proto/tera/rules/v1/rules.proto`.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldRules {
    /// Field number on the wire.
    pub number: u32,
    /// Whether it must be set.
    pub is_required: bool,
    /// Whether it is text that is a UUID; so is each element of a list.
    pub is_uuid: bool,
}

/// Type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 64-bit float.
    Double,
    /// 32-bit float.
    Float,
    /// 64-bit integer, varint-encoded.
    Int64,
    /// Unsigned 64-bit integer, varint-encoded.
    Uint64,
    /// 32-bit integer, varint-encoded.
    Int32,
    /// Unsigned 32-bit integer, varint-encoded.
    Uint32,
    /// 64-bit integer, varint-encoded with its sign in the lowest bit.
    Sint64,
    /// 32-bit integer, varint-encoded with its sign in the lowest bit.
    Sint32,
    /// Unsigned 64-bit integer of eight bytes.
    Fixed64,
    /// Unsigned 32-bit integer of four bytes.
    Fixed32,
    /// 64-bit integer of eight bytes.
    Sfixed64,
    /// 32-bit integer of four bytes.
    Sfixed32,
    /// Boolean.
    Bool,
    /// UTF-8 text.
    String,
    /// Bytes.
    Bytes,
    /// Enum, by its index in [`ENUMS`] and, beyond, in the registry.
    Enum(u16),
    /// Message, by its index in [`MESSAGES`] and, beyond, in the registry.
    Message(u16),
    /// `google.protobuf.Any`.
    Any,
}

impl Kind {
    /// Whether a list of such values may be written without a key before each one: any number is, for short.
    #[must_use]
    pub fn is_number(self) -> bool {
        !matches!(self, Self::String | Self::Bytes | Self::Message(_) | Self::Any)
    }

    /// The kind as one number, in [rows](crate::registry#rows): its number in `FieldDescriptorProto.Type` (for an Any, the
    /// one of groups, which there are none of) and, from the sixth bit on, the index of its enum or message.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Double => 1,
            Self::Float => 2,
            Self::Int64 => 3,
            Self::Uint64 => 4,
            Self::Int32 => 5,
            Self::Fixed64 => 6,
            Self::Fixed32 => 7,
            Self::Bool => 8,
            Self::String => 9,
            Self::Any => 10,
            Self::Message(index) => 11 | u32::from(index) << 5,
            Self::Bytes => 12,
            Self::Uint32 => 13,
            Self::Enum(index) => 14 | u32::from(index) << 5,
            Self::Sfixed32 => 15,
            Self::Sfixed64 => 16,
            Self::Sint32 => 17,
            Self::Sint64 => 18,
        }
    }

    /// The kind of this [code](Self::code), if it is one.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let index = (code >> 5) as u16;
        Some(match code & 31 {
            1 => Self::Double,
            2 => Self::Float,
            3 => Self::Int64,
            4 => Self::Uint64,
            5 => Self::Int32,
            6 => Self::Fixed64,
            7 => Self::Fixed32,
            8 => Self::Bool,
            9 => Self::String,
            10 => Self::Any,
            11 => Self::Message(index),
            12 => Self::Bytes,
            13 => Self::Uint32,
            14 => Self::Enum(index),
            15 => Self::Sfixed32,
            16 => Self::Sfixed64,
            17 => Self::Sint32,
            18 => Self::Sint64,
            _ => return None,
        })
    }

    /// Whether the value is a record of its own on the tape.
    #[must_use]
    pub fn is_record(self) -> bool {
        matches!(self, Self::Message(_) | Self::Any)
    }

    /// How many slots a value takes on the tape.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Double
            | Self::Int64
            | Self::Uint64
            | Self::Sint64
            | Self::Fixed64
            | Self::Sfixed64
            | Self::String
            | Self::Bytes => 2,
            _ => 1,
        }
    }
}

/// Whether a field can be absent or repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Absent means the type's default.
    Implicit,
    /// Absent differs from the default: a member of the message's oneof with this index, maybe the only one.
    Explicit(u16),
    /// A list, written with a key before each element.
    Repeated,
    /// A list of numbers, written as one run of bytes.
    Packed,
}

impl Presence {
    /// The presence as one number, in [rows](crate::registry#rows).
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Implicit => 0,
            Self::Repeated => 1,
            Self::Packed => 2,
            Self::Explicit(oneof) => 3 + u32::from(oneof),
        }
    }

    /// The presence of this [code](Self::code).
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Implicit,
            1 => Self::Repeated,
            2 => Self::Packed,
            _ => Self::Explicit((code - 3) as u16),
        }
    }
}

/// One enum type.
#[derive(Debug)]
pub struct Enum {
    /// Full name, such as `opentera.protobuf.UserEvent.EventType`.
    pub name: &'static str,
    /// Number and name of each value; the first is the default.
    pub values: &'static [(i32, &'static str)],
}

/// The full name of the type that a URL names: all that follows the last `/`, whatever stands before it.
///
/// ```
/// use tera_wire::schema::type_name;
/// assert_eq!(type_name("type.googleapis.com/opentera.protobuf.UserEvent"), "opentera.protobuf.UserEvent");
/// assert_eq!(type_name("opentera.protobuf.UserEvent"), "opentera.protobuf.UserEvent");
/// ```
#[must_use]
pub fn type_name(type_url: &str) -> &str {
    // Byte by byte, which is less code than a search for a character.
    let start = type_url.bytes().rposition(|byte| byte == b'/').map_or(0, |slash| slash + 1);
    type_url.get(start..).unwrap_or_default()
}

/// Every message of the catalogue, parts of messages included. A message's index is its place here.
pub static MESSAGES: &[Message] = &crate::generated::schema::MESSAGES;

/// The names of each message's fields, in the order of [`Message::fields`].
pub static FIELD_NAMES: &[&[FieldName]] = &crate::generated::schema::FIELD_NAMES;

/// The rules of each message's fields, of those that have any.
pub static RULES: &[&[FieldRules]] = &crate::generated::schema::RULES;

/// Every enum of the catalogue. An enum's index is its place here.
pub static ENUMS: &[Enum] = &crate::generated::schema::ENUMS;

/// Index of the message that a type URL names, whatever the URL's prefix.
#[must_use]
pub fn find(type_url: &str) -> Option<usize> {
    let name = type_name(type_url);
    MESSAGES.iter().position(|message| message.name == name)
}

impl Message {
    /// The field with this number.
    #[inline]
    #[must_use]
    pub fn field(&self, number: u32) -> Option<&Field> {
        let fields = &*self.fields;
        // Most messages number their fields 1, 2, 3 ...
        match fields.get((number as usize).wrapping_sub(1)) {
            Some(field) if field.number == number => Some(field),
            _ => fields.binary_search_by_key(&number, |field| field.number).ok().map(|at| &fields[at]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_of_a_kind_means_that_kind() {
        let mut kinds = 0;
        for index in [0, 1, 5, u16::MAX] {
            for code in (0..32).map(|low| low | u32::from(index) << 5) {
                let Some(kind) = Kind::from_code(code) else { continue };
                match kind {
                    Kind::Message(found) | Kind::Enum(found) => {
                        assert_eq!((kind.code(), found), (code, index));
                        kinds += 1;
                    }
                    _ => assert_eq!(kind.code(), code & 31),
                }
            }
        }
        assert_eq!(kinds, 8);
    }
}
