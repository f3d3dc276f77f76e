//! Text to wire bytes in one pass: nested messages are written where they belong and get their length afterwards.

use super::{
    UNKNOWN_PREFIX, base64,
    number::{float, float32, integer, signed, unsigned},
    scan::Scanner,
};
use crate::{
    any::type_name,
    error::DecodeError,
    json::JsonError,
    schema::{ENUMS, FIELD_NAMES, Field, Kind, MESSAGES, Presence, find},
    writer::{put_bytes, put_key, put_nested, put_number},
};

type Outcome = Result<(), JsonError>;

pub(super) fn to_wire(index: usize, text: &str) -> Result<Vec<u8>, JsonError> {
    let mut scanner = Scanner::new(text);
    let mut out = Vec::with_capacity(text.len() / 2);
    message(&mut scanner, index, false, 0, &mut out)?;
    scanner.end()?;
    Ok(out)
}

/// The code generator refuses a catalogue that has such a field.
const NOT_IN_CATALOGUE: DecodeError = DecodeError::fixed(&"no field of the catalogue has this type");

/// Which fields of a message were met: each may be given once, and one of a oneof.
#[derive(Default)]
struct Met {
    fields: u64,
    oneofs: u64,
}

impl Met {
    /// Notes the field at `index` of its message; false if it was met before.
    fn field(&mut self, index: usize) -> bool {
        mark(&mut self.fields, index)
    }

    /// Notes a value of the field; false if its oneof has one already.
    fn value(&mut self, field: &Field) -> bool {
        match field.presence {
            Presence::Explicit(oneof) => mark(&mut self.oneofs, usize::from(oneof)),
            Presence::Implicit | Presence::Repeated | Presence::Packed => true,
        }
    }
}

/// Sets a bit; false if it was set. No message has more fields than there are bits: a test holds the catalogue to it.
fn mark(bits: &mut u64, index: usize) -> bool {
    let bit = 1 << (index % 64);
    let new = *bits & bit == 0;
    *bits |= bit;
    new
}

/// Reads an object into the fields of a message. Where it stands for an Any, `@type` has been read by [`any`].
fn message(
    scanner: &mut Scanner<'_>,
    index: usize,
    is_any: bool,
    depth: usize,
    out: &mut Vec<u8>,
) -> Outcome {
    scanner.open_object(depth)?;
    let mut met = Met::default();
    let mut met_type = false;
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        let is_type = is_any && key == "@type";
        match FIELD_NAMES[index].iter().position(|name| key == name.json || key == name.proto) {
            None if is_type && met_type => return Err(scanner.error("`@type` only once")),
            None => {
                met_type |= is_type;
                scanner.skip(depth + 1)?;
            }
            Some(at) if !met.field(at) => return Err(scanner.error("each field only once")),
            Some(_) if scanner.word("null") => {}
            Some(at) => {
                let field = &MESSAGES[index].fields[at];
                if !met.value(field) {
                    return Err(scanner.error("only one member of a oneof"));
                }
                member(scanner, field, depth + 1, out)?;
            }
        }
    }
    Ok(())
}

fn member(scanner: &mut Scanner<'_>, field: &Field, depth: usize, out: &mut Vec<u8>) -> Outcome {
    if !matches!(field.presence, Presence::Repeated | Presence::Packed) {
        return value(scanner, field, depth, out);
    }
    scanner.open_array(depth)?;
    let mut first = true;
    while scanner.element(&mut first)? {
        value(scanner, field, depth + 1, out)?;
    }
    Ok(())
}

/// Reads one value and writes it as a field, unless it's the default of a field that has no presence.
fn value(scanner: &mut Scanner<'_>, field: &Field, depth: usize, out: &mut Vec<u8>) -> Outcome {
    let skips_default = field.presence == Presence::Implicit;
    let start = out.len();
    let is_default = match field.kind {
        Kind::Message(index) => {
            return put_nested(out, field.number, |out| message(scanner, index.into(), false, depth, out));
        }
        Kind::Any => return put_nested(out, field.number, |out| any(scanner, depth, out)),
        Kind::String => {
            let text = scanner.string()?;
            put_bytes(out, field.number, text.as_bytes());
            text.is_empty()
        }
        Kind::Bytes => bytes(scanner, field.number, out)?,
        Kind::Double => {
            let number = float(scanner)?;
            put_key(out, field.number, 1);
            out.extend_from_slice(&number.to_le_bytes());
            number.to_bits() == 0
        }
        Kind::Float => {
            let number = float32(scanner)?;
            put_key(out, field.number, 5);
            out.extend_from_slice(&number.to_le_bytes());
            number.to_bits() == 0
        }
        Kind::Enum(index) => match enumerator(scanner, usize::from(index))? {
            None => true,
            Some(number) => varint(out, field.number, i64::from(number) as u64),
        },
        Kind::Int64 => varint(out, field.number, signed(scanner, i64::MIN, i64::MAX)? as u64),
        Kind::Uint64 => varint(out, field.number, unsigned(scanner, u64::MAX)?),
        Kind::Uint32 => varint(out, field.number, unsigned(scanner, u64::from(u32::MAX))?),
        Kind::Bool => varint(out, field.number, u64::from(boolean(scanner)?)),
        _ => return Err(NOT_IN_CATALOGUE.into()),
    };
    if is_default && skips_default {
        out.truncate(start);
    }
    Ok(())
}

/// Writes a number; true if it's zero.
fn varint(out: &mut Vec<u8>, number: u32, value: u64) -> bool {
    put_number(out, number, value);
    value == 0
}

/// Reads an Any's object: its `@type` first, wherever it stands, then the fields of that type.
fn any(scanner: &mut Scanner<'_>, depth: usize, out: &mut Vec<u8>) -> Outcome {
    scanner.peek();
    let start = scanner.position();
    let Some(url) = type_url(scanner, depth)? else { return Ok(()) };
    let Some(index) = find(url) else {
        let url = [UNKNOWN_PREFIX, type_name(url)].concat();
        if url == UNKNOWN_PREFIX {
            return Err(scanner.error("a type's name in `@type`"));
        }
        put_bytes(out, 1, url.as_bytes());
        scanner.rewind(start);
        scanner.skip(depth)?;
        put_bytes(out, 2, scanner.since(start).as_bytes());
        return Ok(());
    };
    put_bytes(out, 1, url.as_bytes());
    scanner.rewind(start);
    let before_value = out.len();
    let mut is_empty = false;
    put_nested(out, 2, |out| {
        let start = out.len();
        let outcome = message(scanner, index, true, depth, out);
        is_empty = out.len() == start;
        outcome
    })?;
    if is_empty {
        out.truncate(before_value);
    }
    Ok(())
}

/// The object's `@type`; `None` if the object is empty, which is then read to its end.
pub(super) fn type_url<'s>(scanner: &'s mut Scanner<'_>, depth: usize) -> Result<Option<&'s str>, JsonError> {
    scanner.open_object(depth)?;
    let mut first = true;
    let mut is_empty = true;
    while let Some(key) = scanner.key(&mut first)? {
        if key == "@type" {
            return scanner.string().map(Some);
        }
        is_empty = false;
        scanner.skip(depth + 1)?;
    }
    if is_empty { Ok(None) } else { Err(scanner.error("`@type` in an Any")) }
}

fn bytes(scanner: &mut Scanner<'_>, number: u32, out: &mut Vec<u8>) -> Result<bool, JsonError> {
    let malformed = scanner.position();
    let text = scanner.string()?;
    let mut start = 0;
    let decoded = put_nested(out, number, |out| {
        start = out.len();
        base64::decode(text, out).ok_or(())
    });
    if decoded.is_err() {
        scanner.rewind(malformed);
        return Err(scanner.error("base64"));
    }
    Ok(out.len() == start)
}

fn boolean(scanner: &mut Scanner<'_>) -> Result<bool, JsonError> {
    match scanner.word("true") {
        true => Ok(true),
        false if scanner.word("false") => Ok(false),
        false => Err(scanner.error("true or false")),
    }
}

/// An enum's number; `None` for a name that the enum does not have.
fn enumerator(scanner: &mut Scanner<'_>, index: usize) -> Result<Option<i32>, JsonError> {
    const RANGE: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);
    let start = scanner.position();
    if scanner.peek() == Some(b'"') {
        let text = scanner.string()?;
        if let Some(&(number, _)) = ENUMS[index].values.iter().find(|(_, name)| *name == text) {
            return Ok(Some(number));
        }
        if integer(text).is_none() {
            return Ok(None);
        }
        scanner.rewind(start);
    }
    Ok(Some(signed(scanner, RANGE.0, RANGE.1)? as i32))
}
