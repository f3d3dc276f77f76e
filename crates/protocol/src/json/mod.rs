//! The proto3 JSON mapping, from text to wire bytes and back, driven by the tables of [`schema`](crate::schema).
//!
//! An OpenTera server sends JSON; everything behind [`to_wire`] sees protobuf bytes only. There is no tree in between
//! and no Rust type is needed. Source: the "ProtoJSON format" page of the protobuf documentation, and the reference
//! implementation's behaviour where the page is silent.
//!
//! # What is read
//!
//! What the reference implementation reads: names in lowerCamelCase or as in the `.proto` file, enums by name or
//! number, numbers quoted or not, integers as `1.0` or `1e2`, base64 in both alphabets with or without padding, `null`
//! for an absent field, `@type` at any place of an Any and with any prefix. Beyond that, as a server may be newer than
//! this crate:
//!
//! - unknown fields are skipped, and an enum name that is unknown leaves its field at the default;
//! - an Any whose type is not in the catalogue is kept whole: its `type_url` is [`UNKNOWN_PREFIX`] and the type's name,
//!   its `value` is the object's JSON text. The prefix has no meaning before a name of the catalogue.
//!
//! Refused, where the reference is more lenient: a field given twice under its two names, fractions for enums, quoted
//! numbers with spaces, underscores, a leading `+` or digits outside ASCII, `inf`, and characters outside the
//! alphabet in base64. As in the reference, half a surrogate pair is refused, and so is a key given twice, here only
//! where the key is known.
//!
//! # What is written
//!
//! What a server writes, without white space: every field that has no presence, even at its default; enum names, or
//! the number where it has no name; 64-bit integers, NaN and the infinities as strings. [`to_wire`] turns it back into
//! the same message.

mod base64;
mod error;
mod number;
mod parse;
mod print;
mod scan;

pub use error::JsonError;

use prost::Message as _;

use crate::{
    error::DecodeError,
    opentera::TeraMessage,
    schema::{MESSAGES, TERA_MESSAGE},
};

/// Deepest nesting of objects and arrays, in skipped values too.
pub const MAX_DEPTH: usize = 16;

/// What stands before the type's name in the `type_url` of an Any that holds JSON text instead of protobuf bytes.
pub const UNKNOWN_PREFIX: &str = "json/";

/// Turns a message's JSON text into its wire bytes. `index` is the message's place in [`MESSAGES`].
///
/// # Errors
///
/// Text that is no JSON, JSON that is not this message, nesting beyond [`MAX_DEPTH`], or an index beyond the table.
/// The reason names the byte.
pub fn to_wire(index: usize, text: &str) -> Result<Vec<u8>, JsonError> {
    parse::to_wire(check(index)?, text)
}

/// Writes a message's wire bytes as JSON. `index` is the message's place in [`MESSAGES`].
///
/// # Errors
///
/// Bytes that are not this message, nesting beyond [`MAX_DEPTH`], an Any of a type that is not in the catalogue
/// and did not come from JSON, or an index beyond the table.
pub fn to_text(index: usize, bytes: &[u8]) -> Result<String, JsonError> {
    print::to_text(check(index)?, bytes)
}

/// Reads a `TeraMessage` from JSON.
///
/// ```
/// use tera_protocol::{Message, json};
/// let text = r#"{"message": {"@type": "type.googleapis.com/opentera.protobuf.UserEvent", "type": "USER_CONNECTED"}}"#;
/// let message = json::decode_tera_message(text)?;
/// let Message::UserEvent(event) = Message::unpack(&message.message.unwrap())? else { panic!("not a UserEvent") };
/// assert_eq!(event.r#type().as_str_name(), "USER_CONNECTED");
/// # Ok::<_, tera_protocol::json::JsonError>(())
/// ```
///
/// # Errors
///
/// As [`to_wire`].
pub fn decode_tera_message(text: &str) -> Result<TeraMessage, JsonError> {
    Ok(TeraMessage::decode(to_wire(TERA_MESSAGE, text)?.as_slice())?)
}

fn check(index: usize) -> Result<usize, DecodeError> {
    if index < MESSAGES.len() {
        return Ok(index);
    }
    Err(DecodeError::fixed(&"the catalogue has no message of this index"))
}
