//! Messages as tables: those of the catalogue, generated from `proto/`, and the form that a
//! [registry](crate::registry) gives to messages of an application's own.
//!
//! The tables drive every codec that works without knowing a message's Rust type: the [tape](crate::tape) and, for the
//! catalogue, the [JSON mapping](crate::json).

use std::borrow::Cow;

use crate::any::type_name;

pub use crate::generated::schema::{TERA_EVENT, TERA_MESSAGE, TERA_MODULE_MESSAGE};

/// One message type.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Full name, such as `opentera.protobuf.TeraEvent.Header`.
    pub name: Cow<'static, str>,
    /// Length of the message's record on the tape: its type index, the slots of its fields, and one for each oneof.
    pub slots: usize,
    /// Slot of the first oneof in the message's record; the others follow.
    pub oneofs: usize,
    /// In the order of their numbers.
    pub fields: Cow<'static, [Field]>,
    /// Whether it is an entry of a map field: key and value.
    pub is_map_entry: bool,
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
    /// Name in the `.proto` file.
    pub name: Cow<'static, str>,
    /// Name in JSON and JavaScript.
    pub json_name: Cow<'static, str>,
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

/// One enum type.
#[derive(Debug)]
pub struct Enum {
    /// Full name, such as `opentera.protobuf.UserEvent.EventType`.
    pub name: &'static str,
    /// Number and name of each value; the first is the default.
    pub values: &'static [(i32, &'static str)],
}

/// Every message of the catalogue, parts of messages included. A message's index is its place here.
pub static MESSAGES: &[Message] = &crate::generated::schema::MESSAGES;

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
