//! Wire bytes to text: the fields of a message in the order of their declaration.

use std::fmt::Write as _;

use super::{MAX_DEPTH, UNKNOWN_PREFIX, base64, parse::type_url, scan::Scanner};
use crate::{
    any::type_name,
    error::DecodeError,
    json::JsonError,
    reader::{AnyRef, Reader, Value, text},
    schema::{ENUMS, FIELD_NAMES, Field, Kind, MESSAGES, Message, Presence, find},
};

type Outcome = Result<(), JsonError>;

pub(super) fn to_text(index: usize, bytes: &[u8]) -> Result<String, JsonError> {
    let mut out = String::with_capacity(bytes.len() * 2);
    message(index, bytes, None, 0, &mut out)?;
    Ok(out)
}

/// Whether `depth` open objects and arrays leave room for one more.
fn check_depth(depth: usize) -> Outcome {
    if depth >= MAX_DEPTH { Err(DecodeError::TOO_DEEP.into()) } else { Ok(()) }
}

/// Writes a message's object; `url` is its `@type` where it stands in an Any.
fn message(index: usize, bytes: &[u8], url: Option<&str>, depth: usize, out: &mut String) -> Outcome {
    check_depth(depth)?;
    out.push('{');
    if let Some(url) = url {
        key("@type", out);
        string(url, out);
    }
    let schema = &MESSAGES[index];
    for (field, name) in schema.fields.iter().zip(FIELD_NAMES[index]) {
        match field.presence {
            Presence::Repeated | Presence::Packed => {
                key(name.json, out);
                list(field, bytes, depth + 1, out)?;
            }
            Presence::Explicit(oneof) => {
                if last_member(schema, oneof, bytes)? == Some(field.number) {
                    singular(field, name.json, bytes, depth + 1, out)?;
                }
            }
            Presence::Implicit => singular(field, name.json, bytes, depth + 1, out)?,
        }
    }
    out.push('}');
    Ok(())
}

fn key(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

/// The number of the oneof's member that is set: the last one on the wire.
fn last_member(schema: &Message, oneof: u16, bytes: &[u8]) -> Result<Option<u32>, JsonError> {
    let mut last = None;
    let mut reader = Reader::new(bytes);
    while let Some((number, _)) = reader.field()? {
        if schema.field(number).is_some_and(|field| field.presence == Presence::Explicit(oneof)) {
            last = Some(number);
        }
    }
    Ok(last)
}

fn list(field: &Field, bytes: &[u8], depth: usize, out: &mut String) -> Outcome {
    check_depth(depth)?;
    out.push('[');
    let mut reader = Reader::new(bytes);
    while let Some((number, element)) = reader.field()? {
        if number == field.number {
            if !out.ends_with('[') {
                out.push(',');
            }
            value(field, element, depth + 1, out)?;
        }
    }
    out.push(']');
    Ok(())
}

/// Writes a field that is no list. The last occurrence counts; those of a message are merged by joining their bytes.
fn singular(field: &Field, name: &str, bytes: &[u8], depth: usize, out: &mut String) -> Outcome {
    let mut found = None;
    let mut joined = Vec::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, occurrence)) = reader.field()? {
        if number != field.number {
            continue;
        }
        if let (Kind::Message(_) | Kind::Any, Some(Value::Bytes(earlier)), Value::Bytes(later)) =
            (field.kind, found, occurrence)
        {
            if joined.is_empty() {
                joined.extend_from_slice(earlier);
            }
            joined.extend_from_slice(later);
        }
        found = Some(occurrence);
    }
    if !joined.is_empty() {
        found = Some(Value::Bytes(&joined));
    }
    let found = match (field.kind, found) {
        (_, Some(found)) => found,
        (Kind::Message(_) | Kind::Any, None) => return Ok(()),
        (kind, None) => default(kind),
    };
    key(name, out);
    value(field, found, depth, out)
}

/// The default of a kind that is no message.
fn default(kind: Kind) -> Value<'static> {
    match kind {
        Kind::Double => Value::Fixed64(0),
        Kind::Float => Value::Fixed32(0),
        Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Any => Value::Bytes(&[]),
        _ => Value::Varint(0),
    }
}

fn value(field: &Field, value: Value<'_>, depth: usize, out: &mut String) -> Outcome {
    match (field.kind, value) {
        (Kind::Message(index), Value::Bytes(bytes)) => {
            message(index.into(), bytes, None, depth, out)?;
        }
        (Kind::Any, Value::Bytes(bytes)) => any(AnyRef::decode(bytes)?, depth, out)?,
        (Kind::String, Value::Bytes(bytes)) => string(text(bytes)?, out),
        (Kind::Bytes, Value::Bytes(bytes)) => {
            out.push('"');
            base64::encode(bytes, out);
            out.push('"');
        }
        (Kind::Double, Value::Fixed64(bits)) => float(f64::from_bits(bits), out),
        (Kind::Float, Value::Fixed32(bits)) => float32(f32::from_bits(bits), out),
        (Kind::Int64, Value::Varint(number)) => quoted(&(number as i64).to_string(), out),
        (Kind::Uint64, Value::Varint(number)) => quoted(&number.to_string(), out),
        (Kind::Uint32, Value::Varint(number)) => out.push_str(&(number as u32).to_string()),
        (Kind::Bool, Value::Varint(number)) => out.push_str(if number == 0 { "false" } else { "true" }),
        (Kind::Enum(index), Value::Varint(number)) => enumerator(usize::from(index), number as i32, out),
        _ => return Err(DecodeError::BAD_WIRE_TYPE.into()),
    }
    Ok(())
}

fn any(any: AnyRef<'_>, depth: usize, out: &mut String) -> Outcome {
    if any == AnyRef::default() {
        check_depth(depth)?;
        out.push_str("{}");
        return Ok(());
    }
    if let Some(index) = find(any.type_url) {
        return message(index, any.value, Some(any.type_url), depth, out);
    }
    match any.type_url.strip_prefix(UNKNOWN_PREFIX) {
        Some(name) => unknown(name, text(any.value)?, depth, out),
        None => Err(DecodeError::fixed(&"JSON can't hold an Any whose type is not in the catalogue").into()),
    }
}

/// Writes an object that came from JSON as it was, once it's seen to be an object of this type.
fn unknown(name: &str, object: &str, depth: usize, out: &mut String) -> Outcome {
    let mut scanner = Scanner::new(object);
    if type_url(&mut scanner, depth)?.map(type_name) != Some(name) {
        return Err(scanner.error("the type that the Any's URL names"));
    }
    scanner.rewind(0);
    scanner.skip(depth)?;
    scanner.end()?;
    out.push_str(object);
    Ok(())
}

fn enumerator(index: usize, number: i32, out: &mut String) {
    match ENUMS[index].values.iter().find(|(each, _)| *each == number) {
        Some((_, name)) => quoted(name, out),
        None => out.push_str(&number.to_string()),
    }
}

/// Writes text that needs no escape.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Writes the shortest text that reads back as the same number.
fn float(number: f64, out: &mut String) {
    match special(number) {
        Some(name) => quoted(name, out),
        None => _ = write!(out, "{number:?}"),
    }
}

/// As [`float`], but the greatest floats in a double's digits: a float's shortest text rounds them up, and the
/// reference implementation then refuses them as out of range.
fn float32(number: f32, out: &mut String) {
    if number.abs() == f32::MAX || special(number.into()).is_some() {
        float(number.into(), out);
    } else {
        _ = write!(out, "{number:?}");
    }
}

fn special(number: f64) -> Option<&'static str> {
    match number {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ if number.is_nan() => Some("NaN"),
        _ => None,
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut written = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[written..index]);
        written = index + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ => {
                out.push_str(if byte < 16 { "\\u000" } else { "\\u001" });
                out.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
            }
        }
    }
    out.push_str(&text[written..]);
    out.push('"');
}
