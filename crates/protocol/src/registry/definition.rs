//! From a definition to the table of a message, and from there to the description that JavaScript reads.

use super::{
    Registry, Type,
    descriptor::{FieldDefinition, MessageDefinition, Outcome},
    refuse,
};
use crate::schema::{Field, Kind, Message, Presence};

/// The table of a message whose types are all known to the registry.
pub(super) fn message(registry: &Registry, definition: &MessageDefinition<'_>) -> Outcome<Message> {
    let name = &definition.name;
    let mut slot = 1;
    let mut oneofs = definition.oneofs;
    let mut fields = Vec::with_capacity(definition.fields.len());
    for each in &definition.fields {
        let kind = kind(registry, name, each)?;
        let presence = if definition.is_map_entry && !each.is_list {
            // An entry always has both.
            Presence::Implicit
        } else {
            presence(name, each, kind, definition.oneofs, &mut oneofs)?
        };
        fields.push(Field {
            number: each.number,
            kind,
            presence,
            slot,
            name: each.name.to_owned().into(),
            json_name: each.json_name.clone().into(),
        });
        slot += width(kind, presence);
    }
    if definition.is_map_entry {
        check_entry(name, &fields)?;
    }
    Ok(Message {
        name: name.clone().into(),
        slots: slot + usize::from(oneofs),
        oneofs: slot,
        fields: fields.into(),
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
fn kind(registry: &Registry, message: &str, field: &FieldDefinition<'_>) -> Outcome<Kind> {
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
        11 if !field.features.delimited && field.type_name == "google.protobuf.Any" => Kind::Any,
        11 if !field.features.delimited => match registry.resolve(field.type_name) {
            Some(Type::Message(index)) if field.is_list || !registry.message(index.into()).is_map_entry => {
                Kind::Message(index)
            }
            Some(Type::Message(_)) => {
                return Err(refuse(message, &["`", field.name, "` is no list, but a map"]));
            }
            _ => return Err(unresolved(message, field)),
        },
        10 | 11 => return Err(refuse(message, &["`", field.name, "` is a group, which is not supported"])),
        12 => Kind::Bytes,
        13 => Kind::Uint32,
        14 => match registry.resolve(field.type_name) {
            Some(Type::Enum(index)) => Kind::Enum(index),
            _ => return Err(unresolved(message, field)),
        },
        15 => Kind::Sfixed32,
        16 => Kind::Sfixed64,
        17 => Kind::Sint32,
        18 => Kind::Sint64,
        _ => return Err(refuse(message, &["`", field.name, "` has no known type"])),
    })
}

fn unresolved(message: &str, field: &FieldDefinition<'_>) -> crate::error::TeraError {
    let what = ["`", field.name, "` is of type `", field.type_name, "`, which is not defined"];
    refuse(message, &what)
}

/// The entry of a map is a key and a value, and the key is no float, bytes, enum or message.
fn check_entry(name: &str, fields: &[Field]) -> Outcome<()> {
    let is_list = |field: &Field| matches!(field.presence, Presence::Repeated | Presence::Packed);
    match fields {
        [key, value]
            if key.number == 1
                && value.number == 2
                && key.json_name == "key"
                && value.json_name == "value"
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

/// Appends a message's line of the [description](super#the-description).
pub(super) fn describe(registry: &Registry, message: &Message, rows: &mut String) {
    rows.push_str(if message.is_map_entry { "k\t" } else { "m\t" });
    rows.push_str(&message.name);
    for field in &*message.fields {
        let is_map = matches!(field.kind, Kind::Message(of) if registry.message(of.into()).is_map_entry);
        rows.push('\t');
        rows.push_str(match field.presence {
            Presence::Implicit => "",
            Presence::Explicit(_) => "?",
            _ if is_map => "%",
            _ => "*",
        });
        let (letter, index) = letter(field.kind);
        rows.push(letter);
        if let Some(index) = index {
            rows.push_str(&index.to_string());
        }
        rows.push(':');
        rows.push_str(&field.json_name);
    }
    rows.push('\n');
}

fn letter(kind: Kind) -> (char, Option<u16>) {
    match kind {
        Kind::Double => ('d', None),
        Kind::Float => ('f', None),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => ('i', None),
        Kind::Uint64 | Kind::Fixed64 => ('u', None),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => ('l', None),
        Kind::Uint32 | Kind::Fixed32 => ('w', None),
        Kind::Bool => ('b', None),
        Kind::String => ('s', None),
        Kind::Bytes => ('y', None),
        Kind::Enum(index) => ('e', Some(index)),
        Kind::Message(index) => ('m', Some(index)),
        Kind::Any => ('a', None),
    }
}

/// An enum's line of the [description](super#the-description).
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
