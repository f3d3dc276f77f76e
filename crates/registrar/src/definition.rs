//! From a definition to the table of a message, and from there to the description that JavaScript reads.

use super::{
    Added, Named, Registrar,
    descriptor::{FieldDefinition, MessageDefinition, Outcome, Rules},
    refuse,
};
use tera_protocol::{
    error::TeraError,
    schema::{FIELD_NAMES, Field, FieldName, Kind, MESSAGES, Presence},
};

/// A message that was registered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: String,
    /// As in [`schema::Message`](tera_protocol::schema::Message).
    pub(super) slots: usize,
    /// As in [`schema::Message`](tera_protocol::schema::Message).
    pub(super) oneofs: usize,
    pub(super) fields: Vec<Field>,
    /// Of each field, in its file and in JSON.
    pub(super) names: Vec<(String, String)>,
    /// Of each field.
    pub(super) rules: Vec<Rules>,
    pub(super) is_map_entry: bool,
}

impl Type {
    /// Whether nothing about it differs from the message of the catalogue with this index.
    pub(super) fn is_of_catalogue(&self, index: usize) -> bool {
        let known = &MESSAGES[index];
        (self.slots, self.oneofs, &*self.fields) == (known.slots, known.oneofs, &*known.fields)
            && self.names.iter().zip(FIELD_NAMES[index]).all(|((name, json_name), known)| {
                let FieldName { proto, json } = known;
                name == proto && json_name == json
            })
            && !self.is_map_entry
    }
}

/// The table of a message whose types are all known to the registrar.
pub(super) fn type_of(registrar: &Registrar, definition: &MessageDefinition<'_>) -> Outcome<Type> {
    let name = &definition.name;
    let mut slot = 1;
    let mut oneofs = definition.oneofs;
    let mut fields = Vec::with_capacity(definition.fields.len());
    let mut names = Vec::with_capacity(definition.fields.len());
    let mut rules = Vec::with_capacity(definition.fields.len());
    for each in &definition.fields {
        let kind = kind(registrar, definition, each)?;
        let presence = if definition.is_map_entry && !each.is_list {
            // An entry always has both.
            Presence::Implicit
        } else {
            presence(name, each, kind, definition.oneofs, &mut oneofs)?
        };
        fields.push(Field { number: each.number, kind, presence, slot });
        names.push((each.name.to_owned(), each.json_name.clone()));
        if each.rules.is_uuid && kind != Kind::String {
            return Err(refuse(name, &["`", each.name, "` is no string, so it is no UUID"]));
        }
        rules.push(each.rules);
        slot += width(kind, presence);
    }
    if definition.is_map_entry {
        check_entry(name, &fields, &names)?;
    }
    Ok(Type {
        name: name.clone(),
        slots: slot + usize::from(oneofs),
        oneofs: slot,
        fields,
        names,
        rules,
        is_map_entry: definition.is_map_entry,
    })
}

fn width(kind: Kind, presence: Presence) -> usize {
    match presence {
        // Count, first element, last element.
        Presence::Repeated | Presence::Packed => 3,
        // A record's slot is 0 when it is absent, so it needs no flag.
        Presence::Explicit(_) if !kind.is_record() => 1 + kind.width(),
        _ => kind.width(),
    }
}

/// `next` is the index of the next oneof; a field that is explicit by itself takes it.
fn presence(
    message: &str,
    field: &FieldDefinition<'_>,
    kind: Kind,
    declared: u16,
    next: &mut u16,
) -> Outcome<Presence> {
    Ok(match field.oneof {
        _ if field.is_list && kind.is_number() && field.features.packed => Presence::Packed,
        _ if field.is_list => Presence::Repeated,
        Some(index) if index < u64::from(declared) => Presence::Explicit(index as u16),
        Some(_) => return Err(refuse(message, &["the oneof of `", field.name, "` is not declared"])),
        None if field.features.explicit && !kind.is_record() => {
            *next += 1;
            Presence::Explicit(*next - 1)
        }
        None => Presence::Implicit,
    })
}

/// Kinds by their numbers in `FieldDescriptorProto.Type`.
fn kind(
    registrar: &Registrar,
    definition: &MessageDefinition<'_>,
    field: &FieldDefinition<'_>,
) -> Outcome<Kind> {
    let message = &definition.name;
    let named = registrar.resolve(field.type_name);
    let is_map = matches!(named, Some(Named::Message(index)) if registrar.is_map_entry(index));
    // Entries of maps and their values have a length, whatever the file says.
    let is_group = field.features.delimited && !is_map && !definition.is_map_entry;
    Ok(match field.kind {
        1 => Kind::Double,
        2 => Kind::Float,
        3 => Kind::Int64,
        4 => Kind::Uint64,
        5 => Kind::Int32,
        6 => Kind::Fixed64,
        7 => Kind::Fixed32,
        8 => Kind::Bool,
        9 => Kind::String,
        11 if !is_group && field.type_name == "google.protobuf.Any" => Kind::Any,
        11 if !is_group => match named {
            Some(Named::Message(_)) if is_map && !field.is_list => {
                return Err(refuse(message, &["`", field.name, "` is no list, but a map"]));
            }
            Some(Named::Message(index)) => Kind::Message(index),
            _ => return Err(unresolved(message, field)),
        },
        10 | 11 => return Err(refuse(message, &["`", field.name, "` is a group, which is not supported"])),
        12 => Kind::Bytes,
        13 => Kind::Uint32,
        14 => match named {
            Some(Named::Enum(index)) => Kind::Enum(index),
            _ => return Err(unresolved(message, field)),
        },
        15 => Kind::Sfixed32,
        16 => Kind::Sfixed64,
        17 => Kind::Sint32,
        18 => Kind::Sint64,
        _ => return Err(refuse(message, &["`", field.name, "` has no known type"])),
    })
}

fn unresolved(message: &str, field: &FieldDefinition<'_>) -> TeraError {
    let what = ["`", field.name, "` is of type `", field.type_name, "`, which is not defined"];
    refuse(message, &what)
}

/// The entry of a map is a key and a value, and the key is no float, bytes, enum or message.
fn check_entry(name: &str, fields: &[Field], names: &[(String, String)]) -> Outcome<()> {
    let is_list = |field: &Field| matches!(field.presence, Presence::Repeated | Presence::Packed);
    match fields {
        [key, value]
            if key.number == 1
                && value.number == 2
                && names[0].1 == "key"
                && names[1].1 == "value"
                && !is_list(key)
                && !is_list(value)
                && !matches!(
                    key.kind,
                    Kind::Double | Kind::Float | Kind::Bytes | Kind::Enum(_) | Kind::Message(_) | Kind::Any
                ) =>
        {
            Ok(())
        }
        _ => Err(refuse(name, &["it is no entry of a map"])),
    }
}

/// Appends a message's line of the [description](crate#the-description).
pub(super) fn describe(registrar: &Registrar, message: &Type, added: &mut Added) {
    let rows = &mut added.description;
    rows.push_str(if message.is_map_entry { "k\t" } else { "m\t" });
    rows.push_str(&message.name);
    let mut next = 1;
    for (field, (_, json_name)) in message.fields.iter().zip(&message.names) {
        let is_map = matches!(field.kind, Kind::Message(of) if registrar.is_map_entry(of));
        rows.push('\t');
        rows.push_str(match field.presence {
            Presence::Implicit => "",
            Presence::Explicit(_) => "?",
            _ if is_map => "%",
            Presence::Repeated => "*",
            Presence::Packed => "+",
        });
        let (letters, index) = letters(field.kind);
        rows.push_str(&letters[..1]);
        if let Some(index) = index {
            rows.push_str(&index.to_string());
        }
        rows.push_str(&letters[1..]);
        if field.number != next {
            rows.push('=');
            rows.push_str(&field.number.to_string());
        }
        next = field.number + 1;
        rows.push(':');
        rows.push_str(json_name);
    }
    rows.push('\n');
}

/// Appends the line of a message's rules, if it has any.
pub(super) fn describe_rules(message: &Type, added: &mut Added) {
    let rows = &mut added.description;
    let before = rows.len();
    for (Rules { is_required, is_uuid }, (_, json_name)) in message.rules.iter().zip(&message.names) {
        if !is_required && !is_uuid {
            continue;
        }
        rows.push_str(if rows.len() == before { "r\t" } else { "\t" });
        if *is_required {
            rows.push('!');
        }
        if *is_uuid {
            rows.push('#');
        }
        rows.push(':');
        rows.push_str(json_name);
    }
    if rows.len() > before {
        rows.push('\n');
    }
}

/// Appends a message's [row](tera_protocol::registry#rows); its line is the last of the description.
pub(super) fn put_rows(message: &Type, added: &mut Added) {
    let end = added.description.len();
    let line = added.description[..end - 1].rfind('\n').map_or(0, |newline| newline + 1);
    let start = line + "m\t".len();
    let length = if message.is_map_entry { 0 } else { message.name.len() };
    let head = [start, start + length, message.slots, message.oneofs, message.fields.len()];
    added.rows.extend(head.map(|number| (number as u32).to_le_bytes()));
    for field in &message.fields {
        let row = [field.number, field.kind.code(), field.presence.code(), field.slot as u32];
        added.rows.extend(row.map(u32::to_le_bytes));
    }
}

/// The kind's letter, with the letter of its encoding if that is not the usual one.
fn letters(kind: Kind) -> (&'static str, Option<u16>) {
    match kind {
        Kind::Double => ("d", None),
        Kind::Float => ("f", None),
        Kind::Int64 => ("i", None),
        Kind::Sint64 => ("iz", None),
        Kind::Sfixed64 => ("ix", None),
        Kind::Uint64 => ("u", None),
        Kind::Fixed64 => ("ux", None),
        Kind::Int32 => ("l", None),
        Kind::Sint32 => ("lz", None),
        Kind::Sfixed32 => ("lx", None),
        Kind::Uint32 => ("w", None),
        Kind::Fixed32 => ("wx", None),
        Kind::Bool => ("b", None),
        Kind::String => ("s", None),
        Kind::Bytes => ("y", None),
        Kind::Enum(index) => ("e", Some(index)),
        Kind::Message(index) => ("m", Some(index)),
        Kind::Any => ("a", None),
    }
}

/// An enum's line of the [description](crate#the-description).
pub(super) fn enum_row<'a>(name: &str, values: impl Iterator<Item = (i32, &'a str)>) -> String {
    let mut row = ["e\t", name].concat();
    for (number, name) in values {
        row.push('\t');
        row.push_str(&number.to_string());
        row.push(':');
        row.push_str(name);
    }
    row.push('\n');
    row
}
