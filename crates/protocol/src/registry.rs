//! Messages of an application's own, registered at run time from a `FileDescriptorSet`.
//!
//! A registry continues the tables of the [schema](crate::schema): an index below the length of
//! [`MESSAGES`] or [`ENUMS`] means a type of the catalogue, one beyond a type that was registered. Types are only ever
//! added, so an index keeps its meaning. It holds what the [tape](crate::tape) needs; names of values and fields are
//! JavaScript's to keep, which is told of them by a description.
//!
//! # The description
//!
//! One line for each new type, in the order of their indices, parts separated by tabs:
//!
//! - `m`, full name, then each field as presence, kind, index and `:name`, as in the rows that `cargo xtask codegen`
//!   generates for the catalogue; `k` instead of `m` for the entry of a map;
//! - `e`, full name, then each value as `number:name`.
//!
//! Presence is nothing, `?` for explicit, `*` for a list, `%` for a map. Kinds are `d` double, `f` float, `i` int64, `u`
//! uint64, `l` int32, `w` uint32, `b` bool, `s` string, `y` bytes, `e` enum and `m` message with their index, `a` Any;
//! ways to encode a number make no difference.

mod definition;
mod descriptor;
mod features;

use std::rc::Rc;

use crate::{
    any::type_name,
    error::{ErrorCode, TeraError},
    schema::{ENUMS, MESSAGES, Message, find},
};
use definition::{describe, enum_row, message};
use descriptor::{Definitions, EnumDefinition, MessageDefinition};

/// Largest descriptor set, in bytes.
pub const MAX_SET: usize = 1 << 20;

/// Most messages of one registry, entries of maps included; also the most enums.
pub const MAX_TYPES: usize = 4096;

/// Most fields of one message, and most values of one enum.
pub const MAX_FIELDS: usize = 4096;

/// Names that events have which are no messages of an application's own.
const RESERVED: [&str; 4] = ["Unknown", "event", "state", "warning"];

/// Which types there are beyond the catalogue.
#[derive(Debug, Default)]
pub struct Registry {
    messages: Vec<Registered<Message>>,
    /// Each by its line of the description.
    enums: Vec<Registered<String>>,
    /// Full names, sorted.
    names: Vec<(Box<str>, Type)>,
}

#[derive(Debug)]
struct Registered<T> {
    definition: T,
    /// The file that defined it first.
    file: Rc<str>,
}

/// What a full name stands for, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Type {
    Message(u16),
    Enum(u16),
}

impl Registry {
    /// Registers the messages and enums of a set, as `protoc --descriptor_set_out` or `buf build` writes it, and
    /// returns the [description](self#the-description) of those that are new. What was registered before, or is in the
    /// catalogue, may be defined again if nothing about it differs.
    ///
    /// # Errors
    ///
    /// `invalid_argument`, and nothing is registered: the bytes are no such set, a name can't be resolved, a definition
    /// contradicts another one or itself, it uses groups or message sets, or there is more than [`MAX_SET`],
    /// [`MAX_TYPES`] and [`MAX_FIELDS`] allow.
    pub fn register(&mut self, set: &[u8]) -> Result<String, TeraError> {
        let before = (self.messages.len(), self.enums.len());
        let added = self.add(set);
        if added.is_err() {
            self.messages.truncate(before.0);
            self.enums.truncate(before.1);
            self.names.retain(|(_, found)| match *found {
                Type::Message(index) => usize::from(index) < MESSAGES.len() + before.0,
                Type::Enum(index) => usize::from(index) < ENUMS.len() + before.1,
            });
        }
        added.map(|()| self.description(before.0, before.1)).map_err(|error| {
            error.with_help(
                "Give the bytes that `protoc --include_imports --descriptor_set_out` or `buf build` writes.",
            )
        })
    }

    /// Index of the message that a type URL names, whatever the URL's prefix.
    #[must_use]
    pub fn find(&self, type_url: &str) -> Option<usize> {
        find(type_url).or_else(|| match self.registered(type_name(type_url))? {
            Type::Message(index) => {
                Some(usize::from(index)).filter(|&index| !self.message(index).is_map_entry)
            }
            Type::Enum(_) => None,
        })
    }

    /// The message at this index.
    ///
    /// # Panics
    ///
    /// The index is none that this registry gave.
    #[inline]
    #[must_use]
    pub fn message(&self, index: usize) -> &Message {
        match MESSAGES.get(index) {
            Some(message) => message,
            None => &self.messages[index - MESSAGES.len()].definition,
        }
    }

    /// The message at this index, if there is one.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Message> {
        (index < MESSAGES.len() + self.messages.len()).then(|| self.message(index))
    }

    fn registered(&self, name: &str) -> Option<Type> {
        let at = self.names.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.names[at].1)
    }

    /// What a full name stands for, in the catalogue or here.
    fn resolve(&self, name: &str) -> Option<Type> {
        let known = |index: usize| index as u16;
        let message = || MESSAGES.iter().position(|message| message.name == name).map(known);
        let enumeration = || ENUMS.iter().position(|each| each.name == name).map(known);
        (message().map(Type::Message))
            .or_else(|| enumeration().map(Type::Enum))
            .or_else(|| self.registered(name))
    }

    /// All of `register`, but that a failure leaves things half done.
    fn add(&mut self, set: &[u8]) -> Result<(), TeraError> {
        if set.len() > MAX_SET {
            return Err(refuse("the descriptor set", &["it is larger than 1 MiB"]));
        }
        let mut found = Definitions::read(set)?;
        // It is a kind of its own; no record stands for it.
        found.messages.retain(|message| message.name != "google.protobuf.Any");
        for each in &found.enums {
            self.add_enum(each)?;
        }
        // Messages may refer to any other, so all of them get their index first.
        let mut indices = Vec::with_capacity(found.messages.len());
        for each in &found.messages {
            indices.push(self.reserve(each)?);
        }
        for (each, &(index, is_new)) in found.messages.iter().zip(&indices) {
            let definition = message(self, each)?;
            if is_new {
                self.messages[index - MESSAGES.len()].definition = definition;
            } else if *self.message(index) != definition {
                let file = self.messages.get(index.wrapping_sub(MESSAGES.len())).map(|known| &known.file);
                return Err(conflict(&each.name, &each.file, file));
            }
        }
        Ok(())
    }

    fn add_enum(&mut self, each: &EnumDefinition<'_>) -> Result<(), TeraError> {
        let row = enum_row(&each.name, each.values.iter().copied());
        match self.resolve(&each.name) {
            Some(Type::Enum(index)) => {
                let index = usize::from(index);
                let registered = self.enums.get(index.wrapping_sub(ENUMS.len()));
                let same = match registered {
                    Some(known) => known.definition == row,
                    None => enum_row(ENUMS[index].name, ENUMS[index].values.iter().copied()) == row,
                };
                if same {
                    return Ok(());
                }
                Err(conflict(&each.name, &each.file, registered.map(|known| &known.file)))
            }
            Some(Type::Message(_)) => Err(refuse(&each.name, &["it is a message and an enum"])),
            None => {
                let index = self.enums.len();
                self.name(&each.name, index, |index| Type::Enum(index + ENUMS.len() as u16))?;
                self.enums.push(Registered { definition: row, file: Rc::clone(&each.file) });
                Ok(())
            }
        }
    }

    /// The index of a message, and whether it is new: its definition is then still to come.
    fn reserve(&mut self, each: &MessageDefinition<'_>) -> Result<(usize, bool), TeraError> {
        match self.resolve(&each.name) {
            Some(Type::Message(index)) => Ok((usize::from(index), false)),
            Some(Type::Enum(_)) => Err(refuse(&each.name, &["it is a message and an enum"])),
            None => {
                let index = self.messages.len();
                self.name(&each.name, index, |index| Type::Message(index + MESSAGES.len() as u16))?;
                self.messages.push(Registered {
                    definition: Message {
                        name: each.name.clone().into(),
                        slots: 0,
                        oneofs: 0,
                        fields: Vec::new().into(),
                        is_map_entry: each.is_map_entry,
                    },
                    file: Rc::clone(&each.file),
                });
                Ok((MESSAGES.len() + index, true))
            }
        }
    }

    fn name(&mut self, name: &str, index: usize, found: fn(u16) -> Type) -> Result<(), TeraError> {
        let of_catalogue = MESSAGES.iter().any(|message| message.name.strip_prefix(CATALOGUE) == Some(name));
        if of_catalogue || RESERVED.contains(&name) {
            return Err(refuse(name, &["the client has this name already; give the file a package"]));
        }
        if index == MAX_TYPES {
            return Err(refuse(name, &["there are too many types"]));
        }
        // It is new: `resolve` didn't know it.
        _ = insert(&mut self.names, (name.into(), found(index as u16)));
        Ok(())
    }

    fn description(&self, first_message: usize, first_enum: usize) -> String {
        let mut rows = String::new();
        for each in &self.messages[first_message..] {
            describe(self, &each.definition, &mut rows);
        }
        for each in &self.enums[first_enum..] {
            rows.push_str(&each.definition);
        }
        rows
    }
}

/// The package whose messages JavaScript knows by their short names.
const CATALOGUE: &str = "opentera.protobuf.";

/// Puts an item where it belongs in a sorted list.
///
/// # Errors
///
/// It is there already.
fn insert<T: Ord>(sorted: &mut Vec<T>, item: T) -> Result<(), T> {
    match sorted.binary_search(&item) {
        Ok(_) => Err(item),
        Err(at) => {
            sorted.insert(at, item);
            Ok(())
        }
    }
}

fn refuse(place: &str, what: &[&str]) -> TeraError {
    TeraError::new(ErrorCode::InvalidArgument, [place, ": ", &what.concat(), "."].concat())
}

fn conflict(name: &str, file: &str, known: Option<&Rc<str>>) -> TeraError {
    let known = known.map_or("the catalogue", |file| file);
    refuse(name, &["the definition in `", file, "` differs from the one in `", known, "`"])
}
