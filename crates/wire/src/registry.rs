//! The messages that one client knows: those of the catalogue, and those that were registered with it.
//!
//! An index below the length of [`MESSAGES`] means a message of the catalogue, one beyond it a message that was
//! registered. Messages are only ever added, so an index keeps its meaning. Descriptors are read, and checked, elsewhere:
//! what comes here are *rows*. In the npm package the catalogue comes as rows too, from the script, which has it anyway.
//!
//! # Rows
//!
//! Each message is a run of numbers, of four bytes each, the lowest first: start and end of its full name in the text that
//! comes with the rows (an empty range for the entry of a map), [`Message::slots`], [`Message::oneofs`], how many fields it
//! has, and four numbers for each field: its number, [kind](Kind::code), [presence](Presence::code) and slot.

use std::borrow::Cow::Owned;

use crate::schema::{Field, Kind, MESSAGES, Message, Presence, type_name};

/// Which messages there are.
#[derive(Debug)]
pub struct Registry {
    messages: Vec<Message>,
}

impl Default for Registry {
    /// The catalogue.
    fn default() -> Self {
        Self { messages: MESSAGES.to_vec() }
    }
}

impl Registry {
    /// No messages at all: the catalogue is to be [added](Self::add) first.
    #[must_use]
    pub const fn empty() -> Self {
        Self { messages: Vec::new() }
    }

    /// Index of the message that a type URL names, whatever the URL's prefix.
    #[must_use]
    pub fn find(&self, type_url: &str) -> Option<usize> {
        let name = type_name(type_url);
        self.messages.iter().position(|message| message.name == name && !name.is_empty())
    }

    /// The message at this index.
    ///
    /// # Panics
    ///
    /// The index is none that this registry gave.
    #[inline]
    #[must_use]
    pub fn message(&self, index: usize) -> &Message {
        &self.messages[index]
    }

    /// The message at this index, if there is one.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Message> {
        self.messages.get(index)
    }

    /// Adds the messages of [rows](self#rows), as the registrar writes them. Rows that are cut off add what is whole.
    pub fn add(&mut self, mut rows: &[[u8; 4]], text: &str) {
        while let Some(message) = read(&mut rows, text) {
            self.messages.push(message);
        }
    }
}

fn read(rows: &mut &[[u8; 4]], text: &str) -> Option<Message> {
    let (head, rest) = rows.split_first_chunk()?;
    let [start, end, slots, oneofs, count] = head.map(u32::from_le_bytes);
    let (numbers, rest) = rest.split_at_checked((count as usize).checked_mul(4)?)?;
    *rows = rest;
    let mut fields = Vec::new();
    for field in numbers.as_chunks().0 {
        let [number, kind, presence, slot] = field.map(u32::from_le_bytes);
        let (kind, presence) = (Kind::from_code(kind)?, Presence::from_code(presence));
        fields.push(Field { number, kind, presence, slot: slot as usize });
    }
    let name = text.get(start as usize..end as usize)?.to_owned();
    Some(Message { name: Owned(name), slots: slots as usize, oneofs: oneofs as usize, fields: Owned(fields) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_registered_is_found_by_any_url_and_an_entry_of_a_map_by_none() {
        let mut registry = Registry::default();
        registry.add(&[1_u32, 4, 1, 1, 0, 0, 0, 1, 1, 0].map(u32::to_le_bytes), ".a.M");
        assert_eq!(registry.find("example.org/a.M"), Some(MESSAGES.len()));
        assert_eq!(registry.find("example.org/"), None);
        assert!(registry.get(MESSAGES.len() + 1).is_some());
        assert_eq!(registry.get(MESSAGES.len() + 2), None);
    }

    #[test]
    fn rows_that_are_cut_off_add_what_is_whole() {
        let rows = [0, 1, 3, 3, 1, 7, Kind::String.code(), Presence::Packed.code(), 1].map(u32::to_le_bytes);
        for length in 0..rows.len() {
            let mut registry = Registry::default();
            registry.add(&rows[..length], "M");
            assert_eq!(registry.get(MESSAGES.len()), None, "{length}");
        }
        let mut registry = Registry::default();
        registry.add(&rows, "M");
        let field = Field { number: 7, kind: Kind::String, presence: Presence::Packed, slot: 1 };
        assert_eq!(registry.message(MESSAGES.len()).field(7), Some(&field));
    }
}
