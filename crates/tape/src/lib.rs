//! The tape: decoded messages as numbers, so that a whole frame crosses into JavaScript at once.
//!
//! A boundary crossing and a string decode per field are what make WebAssembly decoders slow. Here all numbers of a
//! frame go into one buffer of `i32` slots, and its strings into two texts, one for those that are ASCII, which JavaScript
//! makes a string each of, to slice it. Most strings that came before are not even copied: JavaScript has them already
//! (`known.rs`). [`Tape::encode`] is the way back.
//!
//! This is the hot path, and a crate of its own because it is compiled for speed where all else in the SDK is compiled for
//! size.
//!
//! # Layout
//!
//! A message is a *record*: its type's index in the [`Registry`], then the slots of each field, where
//! [`Field::slot`](tera_wire::schema::Field::slot) says. Slot 0 of the tape is unused, so that 0 can mean "no record"; the payload's record begins at slot 1. A value
//! takes
//!
//! - one slot: `float` (its bits), integers of 32 bits, `bool`, enum; message and Any (place of its record, 0 if absent);
//! - two slots: `double` and integers of 64 bits (low and high half); string and bytes.
//!
//! A string is its start and end in the text; if it is not ASCII, its start and the complement of its end in the *wide* text,
//! in UTF-16 units; if it is known, the complement of its place, and whatever. Bytes are their start and end in the *blob*.
//!
//! A field with explicit presence has one more slot in front, unless it is a message or an Any: 1 if it is set. A
//! repeated field has three: count, place of the first element, place of the last; an element is the place of the next
//! one and then its value. A map is a list of its entries, each a record of key and value. Behind the fields there is a
//! slot for each oneof: the slot, within the record, of the member that is set.
//!
//! An Any of an unknown type is the record [`UNKNOWN`], then its type URL (a string) and its value (bytes). A payload, or
//! an Any in a payload's list, that can't be decoded is [`INVALID`], its type URL, and the reason (a string): the others
//! in the frame still arrive.

mod encode;
mod keys;
mod known;
mod text;
mod urls;
mod walk;
mod wide;

use keys::Keys;
use known::{Key, Strings};
use tera_wire::{
    buffer::{append, lengthen_slots},
    error::DecodeError,
    registry::Registry,
};
use text::Text;
use urls::Urls;
use wide::Wide;

/// Place of the payload's record.
pub const ROOT: usize = 1;

/// First slot of the record of an Any whose type is not in the catalogue.
pub const UNKNOWN: i32 = -1;

/// First slot of the record of an Any whose bytes are no message of its type.
pub const INVALID: i32 = -2;

/// Deepest nesting of messages and Anys, counted from the payload of the frame.
pub const MAX_DEPTH: usize = 16;

/// Most slots of one tape (32 MiB): what a hostile frame of empty elements can make it grow to.
pub const MAX_SLOTS: usize = 1 << 23;

/// One payload's messages; see the [module](self) for the layout. Reused from payload to payload.
#[derive(Debug, Default)]
pub struct Tape {
    /// Of each message that the registry had when a payload was last decoded.
    keys: Vec<Keys>,
    writer: Writer,
}

/// What is written while the payload is walked over.
#[derive(Debug, Default)]
struct Writer {
    /// Zero from `used` on.
    slots: Vec<i32>,
    used: usize,
    text: Text,
    strings: Strings,
    wide: Wide,
    blob: Vec<u8>,
    urls: Urls,
}

/// The tables by which a payload is decoded.
struct Tables<'a> {
    registry: &'a Registry,
    keys: &'a [Keys],
}

impl Tape {
    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &[i32] {
        &self.writer.slots[..self.writer.used]
    }

    /// The strings that are ASCII, one behind the other.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.writer.text.bytes()
    }

    /// The strings that are not ASCII, one behind the other.
    #[must_use]
    pub fn wide(&self) -> &[u8] {
        self.writer.wide.bytes()
    }

    /// The values of bytes fields.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.writer.blob
    }

    /// The strings that JavaScript is to keep from now on: the place of each, its address, which is in the payload, and its length.
    ///
    /// It must take them before another payload is decoded.
    #[must_use]
    pub fn fresh(&self) -> &[[i32; 3]] {
        self.writer.strings.fresh()
    }

    /// Decodes a payload, the value of an Any with this type URL.
    ///
    /// What was on the tape is gone. Whatever the bytes are, there is a record at [`ROOT`]: at worst [`INVALID`]. The
    /// registry must be the same each time, but may have grown.
    pub fn decode(&mut self, registry: &Registry, type_url: &str, payload: &[u8]) {
        while let Some(message) = registry.get(self.keys.len()) {
            // `push` has code of its own for how this list grows.
            self.keys.extend([Keys::of(message)]);
        }
        let Self { keys, writer } = self;
        writer.clear();
        let (name, decoded) = match writer.index_of(registry, type_url) {
            Some(index) => {
                let tables = Tables { registry, keys };
                (&*registry.message(index).name, writer.message(&tables, payload, index, 0, 0))
            }
            None => (type_url, writer.unknown(payload, type_url)),
        };
        if let Err(error) = decoded {
            writer.rewind(ROOT);
            _ = writer.invalid(name, &error);
        }
    }
}

impl Writer {
    fn clear(&mut self) {
        self.rewind(0);
        self.text.clear();
        self.wide.clear();
        self.blob.clear();
        self.strings.begin();
        // It can't fail: there is room for so few slots.
        _ = self.reserve(ROOT);
    }

    /// The index of the type that a payload's type URL names, if the registry has it.
    fn index_of(&mut self, registry: &Registry, type_url: &str) -> Option<usize> {
        let remembered = self.urls.find(type_url.as_bytes());
        if remembered.is_some() {
            return remembered;
        }
        let index = registry.find(type_url)?;
        self.urls.insert(type_url, index);
        Some(index)
    }

    /// Takes so many slots, all 0, and returns the place of the first.
    #[inline]
    fn reserve(&mut self, count: usize) -> Result<usize, DecodeError> {
        let at = self.used;
        let end = at + count;
        if end > self.slots.len() {
            self.grow(end)?;
        }
        self.used = end;
        Ok(at)
    }

    #[cold]
    fn grow(&mut self, end: usize) -> Result<(), DecodeError> {
        if end > MAX_SLOTS {
            return Err(DecodeError::TOO_MANY);
        }
        lengthen_slots(&mut self.slots, (end * 2).clamp(1024, MAX_SLOTS));
        Ok(())
    }

    /// Gives back the slots from `at` on.
    fn rewind(&mut self, at: usize) {
        self.slots[at..self.used].fill(0);
        self.used = at;
    }

    #[cold]
    fn unknown(&mut self, value: &[u8], type_url: &str) -> Result<(), DecodeError> {
        let at = self.reserve(5)?;
        self.slots[at] = UNKNOWN;
        self.new_string(at + 1, type_url.as_bytes())?;
        self.bytes(at + 3, value);
        Ok(())
    }

    /// The record of what can't be decoded.
    #[cold]
    fn invalid(&mut self, type_url: &str, error: &DecodeError) -> Result<(), DecodeError> {
        let at = self.reserve(5)?;
        self.slots[at] = INVALID;
        self.new_string(at + 1, type_url.as_bytes())?;
        self.new_string(at + 3, error.reason().as_bytes())
    }

    /// Fills the two slots of a value.
    #[inline]
    fn put(&mut self, slot: usize, first: i32, second: i32) {
        let slots = &mut self.slots[slot..slot + 2];
        slots[0] = first;
        slots[1] = second;
    }

    /// A string of the payload, at a slot of the hot path. What it mostly is, is inlined: around a call, engines save and load again all
    /// that the walk has in registers, which takes longer than the string.
    #[inline(always)]
    fn string(&mut self, slot: usize, bytes: &[u8]) -> Result<(), DecodeError> {
        if !self.strings.is_useful() {
            return if self.ascii(slot, bytes) { Ok(()) } else { self.wide_string(slot, bytes) };
        }
        match self.strings.find(bytes) {
            Ok(place) => {
                self.slots[slot] = !(place as i32);
                Ok(())
            }
            Err(key) => self.keep(slot, bytes, key),
        }
    }

    /// A string of the payload that JavaScript doesn't have, and may keep.
    #[inline(never)]
    fn keep(&mut self, slot: usize, bytes: &[u8], key: Key) -> Result<(), DecodeError> {
        match self.strings.keep(bytes, key)? {
            Some(place) => self.put(slot, !(place as i32), 0),
            None => self.new_string(slot, bytes)?,
        }
        Ok(())
    }

    /// A string that JavaScript is to make: it doesn't have it, or it is not looked up, because it is at a slot of another path or
    /// may not be the payload's and so be gone when it would be kept.
    #[inline(never)]
    fn new_string(&mut self, slot: usize, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.ascii(slot, bytes) { Ok(()) } else { self.wide_string(slot, bytes) }
    }

    /// A string that is not ASCII.
    #[inline(never)]
    fn wide_string(&mut self, slot: usize, bytes: &[u8]) -> Result<(), DecodeError> {
        let start = self.wide.units();
        self.wide.push(bytes)?;
        self.put(slot, start as i32, !(self.wide.units() as i32));
        Ok(())
    }

    /// A string, if it is ASCII.
    #[inline(always)]
    fn ascii(&mut self, slot: usize, bytes: &[u8]) -> bool {
        let start = self.text.len();
        let is_ascii = self.text.push::<true>(bytes);
        if is_ascii {
            self.put(slot, start as i32, self.text.len() as i32);
        }
        is_ascii
    }

    /// The value of a bytes field.
    fn bytes(&mut self, slot: usize, bytes: &[u8]) {
        let start = self.blob.len();
        append(&mut self.blob, bytes);
        self.put(slot, start as i32, self.blob.len() as i32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_slots_are_made_than_may_be_used() {
        let mut writer = Writer::default();
        while writer.reserve(MAX_SLOTS / 100).is_ok() {}
        assert_eq!(writer.slots.len(), MAX_SLOTS);
    }
}
