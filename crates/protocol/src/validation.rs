//! What the fields of a message must hold: what is required, what is a UUID, and that an enum's value is one of its enum.
//!
//! The rules are options in the `.proto` files (`proto/tera/rules/v1/rules.proto`) and come as a [table](RULES). This is not
//! about bytes, which decoding checks, and not about what a message means.

use std::fmt;

use prost_types::Any;

use crate::{
    Message,
    error::{ErrorCode, TeraError},
    reader::{AnyRef, Reader, Value},
    schema::{ENUMS, FIELD_NAMES, Field, Kind, MESSAGES, Presence, RULES, find},
};

/// Most violations found; what follows is not looked at.
pub const MAX_VIOLATIONS: usize = 16;

/// Deepest nesting of messages, as in all codecs.
const MAX_DEPTH: usize = 16;

/// Most violations that an error names.
const NAMED: usize = 3;

/// What a field doesn't keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// It must be set: a list has an element, a message or member of a oneof is there, any other differs from its default.
    Required,
    /// It is a UUID, as 8-4-4-4-12 hexadecimal digits. Where absent and empty are the same, it may be empty.
    Uuid,
    /// Its number is one of its enum.
    Enum,
    /// Messages stand at most 16 deep in each other.
    Nesting,
    /// The bytes of an Any whose type is in the catalogue are such a message.
    Bytes,
}

impl Rule {
    /// Its name, as in JavaScript.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Uuid => "uuid",
            Self::Enum => "enum",
            Self::Nesting => "nesting",
            Self::Bytes => "bytes",
        }
    }
}

/// A place in a message that doesn't keep to a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// Where, by the names that JSON has for fields: `events[0].deviceUuid`.
    pub path: String,
    /// What it doesn't keep to.
    pub rule: Rule,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.rule {
            Rule::Required => "must be set",
            Rule::Uuid => "must be a UUID",
            Rule::Enum => "must be a value of its enum",
            Rule::Nesting => "is nested too deep",
            Rule::Bytes => "must be a message of its type",
        };
        write!(f, "`{}` {what}", self.path)
    }
}

/// What is wrong with a message, in the order of its fields: the first [`MAX_VIOLATIONS`]. Messages in Anys are looked at
/// too; one whose type is not in the catalogue can't be wrong.
///
/// ```
/// use tera_protocol::{opentera::StopSessionEvent, validation::{Rule, violations}};
/// let stop = StopSessionEvent { session_uuid: "e1a2a2e1".into(), ..Default::default() };
/// let found = violations(&stop.into());
/// assert_eq!((&*found[0].path, found[0].rule), ("sessionUuid", Rule::Uuid));
/// ```
#[must_use]
pub fn violations(message: &Message) -> Vec<Violation> {
    let mut search = Search::default();
    search.message(message, 0);
    search.found
}

/// Refuses a message that doesn't keep to its rules.
///
/// # Errors
///
/// `invalid_message`, naming the first places.
pub fn validate(message: &Message) -> Result<(), TeraError> {
    let found = violations(message);
    if found.is_empty() {
        return Ok(());
    }
    let places: Vec<_> = found.iter().take(NAMED).map(ToString::to_string).collect();
    let more = if found.len() > NAMED { ", and more" } else { "" };
    let any = message.pack();
    let name = crate::any::type_name(&any.type_url);
    let description = format!("A message of type {name} is not valid: {}{more}.", places.join(", "));
    Err(TeraError::new(ErrorCode::InvalidMessage, description))
}

/// A walk through a message, which is at `path`.
#[derive(Debug, Default)]
struct Search {
    path: String,
    found: Vec<Violation>,
}

impl Search {
    fn add(&mut self, rule: Rule) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(Violation { path: self.path.clone(), rule });
        }
    }

    fn message(&mut self, message: &Message, depth: usize) {
        if let Message::Unknown(_) = message {
            return;
        }
        let Any { type_url, value } = message.pack();
        if let Some(index) = find(&type_url) {
            self.record(index, &value, depth);
        }
    }

    /// `bytes` are as an encoder writes them: what is its default is left out, and a field that is no list stands once.
    fn record(&mut self, index: usize, bytes: &[u8], depth: usize) {
        if depth == MAX_DEPTH {
            return self.add(Rule::Nesting);
        }
        let outer = self.path.len();
        for (field, name) in MESSAGES[index].fields.iter().zip(FIELD_NAMES[index]) {
            if self.found.len() == MAX_VIOLATIONS {
                break;
            }
            if outer > 0 {
                self.path.push('.');
            }
            self.path.push_str(name.json);
            self.field(index, field, bytes, depth);
            self.path.truncate(outer);
        }
    }

    fn field(&mut self, index: usize, field: &Field, bytes: &[u8], depth: usize) {
        let rules = RULES[index].iter().find(|rules| rules.number == field.number);
        let is_uuid = rules.is_some_and(|rules| rules.is_uuid);
        let outer = self.path.len();
        let mut count = 0;
        let mut reader = Reader::new(bytes);
        while let Ok(Some((number, value))) = reader.field() {
            if self.found.len() == MAX_VIOLATIONS {
                return;
            }
            if number != field.number {
                continue;
            }
            if field.presence == Presence::Repeated {
                self.path.push_str(&format!("[{count}]"));
            }
            self.value(field.kind, is_uuid, value, depth);
            self.path.truncate(outer);
            count += 1;
        }
        if count == 0 && rules.is_some_and(|rules| rules.is_required) {
            self.add(Rule::Required);
        }
    }

    fn value(&mut self, kind: Kind, is_uuid: bool, value: Value<'_>, depth: usize) {
        match (kind, value) {
            (Kind::String, Value::Bytes(text)) if is_uuid && !is_canonical(text) => self.add(Rule::Uuid),
            (Kind::Enum(index), Value::Varint(number)) => {
                let values = ENUMS[usize::from(index)].values;
                if values.iter().all(|&(known, _)| known != number as i32) {
                    self.add(Rule::Enum);
                }
            }
            (Kind::Message(index), Value::Bytes(bytes)) => self.record(index.into(), bytes, depth + 1),
            (Kind::Any, Value::Bytes(bytes)) => {
                let any = AnyRef::decode(bytes).unwrap_or_default();
                match Message::unpack(&Any { type_url: any.type_url.into(), value: any.value.into() }) {
                    Ok(message) => self.message(&message, depth + 1),
                    Err(_) => self.add(Rule::Bytes),
                }
            }
            _ => {}
        }
    }
}

/// Whether it is a UUID in the form that is written: 8-4-4-4-12 hexadecimal digits.
fn is_canonical(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, character)| match at {
            8 | 13 | 18 | 23 => *character == b'-',
            _ => character.is_ascii_hexdigit(),
        })
}
