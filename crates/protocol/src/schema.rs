//! The messages of the catalogue as tables, generated from `proto/`.
//!
//! The tables drive every codec that works without knowing a message's Rust type: the [tape](crate::tape) and the
//! [JSON mapping](crate::json).

use crate::any::type_name;

pub use crate::generated::schema::{TERA_EVENT, TERA_MESSAGE, TERA_MODULE_MESSAGE};

/// One message type.
#[derive(Debug)]
pub struct Message {
    /// Full name, such as `opentera.protobuf.TeraEvent.Header`.
    pub name: &'static str,
    /// Length of the message's record on the tape: its type index and the slots of its fields.
    pub slots: usize,
    /// In the order of their declaration.
    pub fields: &'static [Field],
}

/// One field of a message.
#[derive(Debug)]
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
    pub name: &'static str,
    /// Name in JSON and JavaScript.
    pub json_name: &'static str,
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
    /// Unsigned 32-bit integer, varint-encoded.
    Uint32,
    /// Boolean.
    Bool,
    /// UTF-8 text.
    String,
    /// Bytes.
    Bytes,
    /// Enum, by its index in [`ENUMS`].
    Enum(u16),
    /// Message, by its index in [`MESSAGES`].
    Message(u16),
    /// `google.protobuf.Any`.
    Any,
}

/// Whether a field can be absent or repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Absent means the type's default.
    Implicit,
    /// Absent differs from the default: a member of the message's oneof with this index.
    Explicit(u8),
    /// A list.
    Repeated,
}

/// One enum type.
#[derive(Debug)]
pub struct Enum {
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
    pub fn field(&self, number: u32) -> Option<&'static Field> {
        // Most messages number their fields 1, 2, 3 ...
        match self.fields.get((number as usize).wrapping_sub(1)) {
            Some(field) if field.number == number => Some(field),
            _ => self.fields.iter().find(|field| field.number == number),
        }
    }
}
