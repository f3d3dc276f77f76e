//! Messages of an application's own: reads a `FileDescriptorSet`, checks it, and says what is new in it.
//!
//! What is new comes out twice: as rows for the tables of the [tape](tera_protocol::tape), and as a description for
//! JavaScript, which keeps the names of fields and values. An index below the length of [`MESSAGES`] or [`ENUMS`] means a
//! type of the catalogue, one beyond a type that was registered. Types are only ever added, so an index keeps its meaning.
//!
//! In the npm package this is a WebAssembly module of its own, which pages load with their first registration.
//!
//! # The description
//!
//! One line for each new type, messages first, in the order of their indices, parts separated by tabs:
//!
//! - `m`, full name, then each field as presence, kind, index, encoding, `=number` unless it is one above the field's before,
//!   and `:name`, as in the rows that `cargo xtask codegen` generates for the catalogue; `k` instead of `m` for the entry of a
//!   map;
//! - `r`, the rules of the message in the line before, if it has any: each field that has some, as `!` if it must be set, `#`
//!   if it is a UUID, and `:name`;
//! - `e`, full name, then each value as `number:name`.
//!
//! Presence is nothing, `?` for explicit, `*` for a list, `+` for one that is packed, `%` for a map. Kinds are `d` double,
//! `f` float, `i` int64, `u` uint64, `l` int32, `w` uint32, `b` bool, `s` string, `y` bytes, `e` enum and `m` message with
//! their index, `a` Any.
//! Encodings of integers are nothing for a varint, `z` for zigzag, `x` for a fixed length.

mod definition;
mod descriptor;
#[cfg(target_arch = "wasm32")]
mod exports;
mod features;

use std::rc::Rc;

use definition::{Type, describe, describe_rules, enum_row, put_rows, type_of};
use descriptor::{Definitions, EnumDefinition, MessageDefinition};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    schema::{ENUMS, MESSAGES},
};

/// Largest descriptor set, in bytes.
pub const MAX_SET: usize = 1 << 20;

/// Most messages of one registrar, entries of maps included; also the most enums.
pub const MAX_TYPES: usize = 4096;

/// Most fields of one message, and most values of one enum.
pub const MAX_FIELDS: usize = 4096;

/// Names that events have which are no messages of an application's own.
const RESERVED: [&str; 7] = ["Unknown", "event", "gap", "resync", "signal", "state", "warning"];

/// What one client has registered, so that what comes later can be held against it.
#[derive(Debug, Default)]
pub struct Registrar {
    messages: Vec<Registered<Type>>,
    /// Each by its line of the description.
    enums: Vec<Registered<String>>,
    /// Full names, sorted.
    names: Vec<(Box<str>, Named)>,
}

/// What a descriptor set has added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The [description](crate#the-description) of the new types.
    pub description: String,
    /// The new messages for [`Registry::add`](tera_protocol::registry::Registry::add); their text is the description.
    pub rows: Vec<[u8; 4]>,
}

#[derive(Debug)]
struct Registered<T> {
    definition: T,
    /// The file that defined it first.
    file: Rc<str>,
}

/// What a full name stands for, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Message(u16),
    Enum(u16),
}

impl Registrar {
    /// One that knows the catalogue only.
    #[must_use]
    pub const fn new() -> Self {
        Self { messages: Vec::new(), enums: Vec::new(), names: Vec::new() }
    }

    /// Registers the messages and enums of a set, as `protoc --descriptor_set_out` or `buf build` writes it, and
    /// returns those that are new. What was registered before, or is in the catalogue, may be defined again if nothing
    /// about it differs.
    ///
    /// # Errors
    ///
    /// `invalid_argument`, and nothing is registered: the bytes are no such set, a name can't be resolved, a definition
    /// contradicts another one or itself, it uses groups or message sets, or there is more than [`MAX_SET`],
    /// [`MAX_TYPES`] and [`MAX_FIELDS`] allow.
    pub fn register(&mut self, set: &[u8]) -> Result<Added, TeraError> {
        let before = (self.messages.len(), self.enums.len());
        let added = self.add(set);
        if added.is_err() {
            self.messages.truncate(before.0);
            self.enums.truncate(before.1);
            self.names.retain(|(_, found)| match *found {
                Named::Message(index) => usize::from(index) < MESSAGES.len() + before.0,
                Named::Enum(index) => usize::from(index) < ENUMS.len() + before.1,
            });
        }
        added.map(|()| self.since(before.0, before.1)).map_err(|error| {
            error.with_help(
                "Give the bytes that `protoc --include_imports --descriptor_set_out` or `buf build` writes.",
            )
        })
    }

    fn is_map_entry(&self, index: u16) -> bool {
        self.messages
            .get(usize::from(index).wrapping_sub(MESSAGES.len()))
            .is_some_and(|each| each.definition.is_map_entry)
    }

    fn registered(&self, name: &str) -> Option<Named> {
        let at = self.names.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.names[at].1)
    }

    /// What a full name stands for, in the catalogue or here.
    fn resolve(&self, name: &str) -> Option<Named> {
        let known = |index: usize| index as u16;
        let message = || MESSAGES.iter().position(|message| message.name == name).map(known);
        let enumeration = || ENUMS.iter().position(|each| each.name == name).map(known);
        (message().map(Named::Message))
            .or_else(|| enumeration().map(Named::Enum))
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
            let definition = type_of(self, each)?;
            if is_new {
                self.messages[index - MESSAGES.len()].definition = definition;
                continue;
            }
            let registered = self.messages.get(index.wrapping_sub(MESSAGES.len()));
            let same = match registered {
                Some(known) => known.definition == definition,
                None => definition.is_of_catalogue(index),
            };
            if !same {
                return Err(conflict(&each.name, &each.file, registered.map(|known| &known.file)));
            }
        }
        Ok(())
    }

    fn add_enum(&mut self, each: &EnumDefinition<'_>) -> Result<(), TeraError> {
        let row = enum_row(&each.name, each.values.iter().copied());
        match self.resolve(&each.name) {
            Some(Named::Enum(index)) => {
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
            Some(Named::Message(_)) => Err(refuse(&each.name, &["it is a message and an enum"])),
            None => {
                let index = self.enums.len();
                self.name(&each.name, index, |index| Named::Enum(index + ENUMS.len() as u16))?;
                self.enums.push(Registered { definition: row, file: Rc::clone(&each.file) });
                Ok(())
            }
        }
    }

    /// The index of a message, and whether it is new: its definition is then still to come.
    fn reserve(&mut self, each: &MessageDefinition<'_>) -> Result<(usize, bool), TeraError> {
        match self.resolve(&each.name) {
            Some(Named::Message(index)) => Ok((usize::from(index), false)),
            Some(Named::Enum(_)) => Err(refuse(&each.name, &["it is a message and an enum"])),
            None => {
                let index = self.messages.len();
                self.name(&each.name, index, |index| Named::Message(index + MESSAGES.len() as u16))?;
                self.messages.push(Registered {
                    definition: Type { is_map_entry: each.is_map_entry, ..Type::default() },
                    file: Rc::clone(&each.file),
                });
                Ok((MESSAGES.len() + index, true))
            }
        }
    }

    fn name(&mut self, name: &str, index: usize, found: fn(u16) -> Named) -> Result<(), TeraError> {
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

    /// What was added after there were so many messages and enums.
    fn since(&self, messages: usize, enums: usize) -> Added {
        let mut added = Added::default();
        for each in &self.messages[messages..] {
            describe(self, &each.definition, &mut added);
            put_rows(&each.definition, &mut added);
            describe_rules(&each.definition, &mut added);
        }
        for each in &self.enums[enums..] {
            added.description.push_str(&each.definition);
        }
        added
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
