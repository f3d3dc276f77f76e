//! The tape: decoded messages as numbers, so that a whole frame crosses into JavaScript at once.
//!
//! A boundary crossing and a string decode per field are what make WebAssembly decoders slow. Here all numbers of a
//! frame go into one buffer of `i32` slots, and its text stays where it is: strings are read out of the frame itself,
//! which JavaScript decodes once and slices. For that the frame must be ASCII, so what is not is taken out of it: numbers
//! and other bytes that are no text are *blanked*, a string with other characters moves to a text of its own.
//! [`Tape::encode`] is the way back.
//!
//! This is the hot path, and a crate of its own because it is compiled for speed where all else in the SDK is compiled for
//! size.
//!
//! # Layout
//!
//! A message is a *record*: its type's index in the [`Registry`], then the slots of each field, where [`Field::slot`](tera_wire::schema::Field::slot)
//! says. Slot 0 of the tape is unused, so that 0 can mean "no record"; the payload's record begins at slot 1. A value
//! takes
//!
//! - one slot: `float` (its bits), integers of 32 bits, `bool`, enum; message and Any (place of its record, 0 if absent);
//! - two slots: `double` and integers of 64 bits (low and high half); string and bytes.
//!
//! A string is its start and end in the payload's bytes; if it is not ASCII, the complement of its start and its end in the
//! *wide* text, in UTF-16 units. Bytes are their start and end in the *blob*.
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
mod urls;
mod walk;

use keys::Keys;
use tera_wire::{error::DecodeError, registry::Registry};
use urls::Urls;

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
    /// UTF-8 up to `wide_used`.
    wide: Vec<u8>,
    wide_used: usize,
    /// Length of the wide text in UTF-16 units.
    wide_units: usize,
    blob: Vec<u8>,
    urls: Urls,
}

/// The tables by which a payload is decoded.
struct Tables<'a> {
    registry: &'a Registry,
    keys: &'a [Keys],
}

/// What a payload's type URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadType {
    /// The message at this index of the registry.
    Known(usize),
    /// None that the registry has; the type URL.
    Unknown(Box<str>),
}

/// A part of the payload: start and end.
type Range = (usize, usize);

impl Tape {
    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &[i32] {
        &self.writer.slots[..self.writer.used]
    }

    /// The text of the strings that are not ASCII, as UTF-8.
    #[must_use]
    pub fn wide(&self) -> &[u8] {
        &self.writer.wide[..self.writer.wide_used]
    }

    /// The values of bytes fields.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.writer.blob
    }

    /// The type that a payload's type URL names.
    pub fn payload_type(&mut self, registry: &Registry, type_url: &str) -> PayloadType {
        if let Some(index) = self.writer.urls.find(type_url.as_bytes()) {
            return PayloadType::Known(index);
        }
        let Some(index) = registry.find(type_url) else { return PayloadType::Unknown(type_url.into()) };
        self.writer.urls.insert(type_url, index);
        PayloadType::Known(index)
    }

    /// Decodes a payload, the value of an Any of this type, and blanks in it what is not ASCII.
    ///
    /// What was on the tape is gone. Whatever the bytes are, there is a record at [`ROOT`]: at worst [`INVALID`]. The
    /// registry must be the same each time.
    pub fn decode(&mut self, registry: &Registry, of: &PayloadType, payload: &mut [u8]) {
        while let Some(message) = registry.get(self.keys.len()) {
            self.keys.push(Keys::of(message));
        }
        let Self { keys, writer } = self;
        writer.clear();
        let all = (0, payload.len());
        let (name, decoded) = match of {
            PayloadType::Known(index) => {
                let tables = Tables { registry, keys };
                (&*registry.message(*index).name, writer.message(&tables, payload, *index, all, 0))
            }
            PayloadType::Unknown(type_url) => {
                let unknown = writer.unknown(payload, type_url);
                blank(payload, all);
                (&**type_url, unknown)
            }
        };
        if let Err(error) = decoded {
            writer.rewind(ROOT);
            _ = writer.invalid(payload, name, all, &error);
        }
    }
}

impl Writer {
    fn clear(&mut self) {
        self.rewind(0);
        self.wide_used = 0;
        self.wide_units = 0;
        self.blob.clear();
        // It can't fail: there is room for so few slots.
        _ = self.reserve(ROOT);
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
        self.slots.resize((end * 2).max(1024), 0);
        Ok(())
    }

    /// Gives back the slots from `at` on.
    fn rewind(&mut self, at: usize) {
        self.slots[at..self.used].fill(0);
        self.used = at;
    }

    #[cold]
    fn unknown(&mut self, value: &[u8], type_url: &str) -> Result<usize, DecodeError> {
        let url = self.say(type_url);
        let bytes = self.push_blob(value);
        self.record([UNKNOWN, url.0, url.1, bytes.0, bytes.1])
    }

    /// The record of a part of the payload that can't be decoded; nothing of it is text.
    #[cold]
    fn invalid(
        &mut self,
        payload: &mut [u8],
        type_url: &str,
        part: Range,
        error: &DecodeError,
    ) -> Result<usize, DecodeError> {
        blank(payload, part);
        let url = self.say(type_url);
        let reason = self.say(error.reason());
        self.record([INVALID, url.0, url.1, reason.0, reason.1])
    }

    fn record(&mut self, slots: [i32; 5]) -> Result<usize, DecodeError> {
        let at = self.reserve(slots.len())?;
        self.slots[at..at + slots.len()].copy_from_slice(&slots);
        Ok(at)
    }

    /// Puts a string that is not the payload's into the wide text and returns its two slots.
    fn say(&mut self, text: &str) -> (i32, i32) {
        self.move_wide(&mut text.to_owned().into_bytes())
    }

    /// Moves a string, which is UTF-8, into the wide text and returns its two slots. One loop copies it, blanks it and counts
    /// its UTF-16 units, eight bytes at a time: for a short string, each bulk operation of WebAssembly's takes as long.
    fn move_wide(&mut self, text: &mut [u8]) -> (i32, i32) {
        let end = self.wide_used + text.len();
        if end > self.wide.len() {
            self.grow_wide(end);
        }
        let start = self.wide_units as i32;
        let to = &mut self.wide[self.wide_used..end];
        let mut units = text.len() as isize;
        if let Some(&last) = text.last_chunk::<8>() {
            for (to, word) in to.as_chunks_mut::<8>().0.iter_mut().zip(text.as_chunks_mut::<8>().0) {
                *to = *word;
                units -= saved(u64::from_le_bytes(*word));
                *word = [0; 8];
            }
            // The last eight bytes overlap the words; of them, what is left are the highest.
            let left = text.len() % 8;
            if let (1.., Some(to), Some(text)) = (left, to.last_chunk_mut(), text.last_chunk_mut()) {
                units -= saved(u64::from_le_bytes(last) >> (64 - 8 * left));
                (*to, *text) = (last, [0; 8]);
            }
        } else {
            for (to, byte) in to.iter_mut().zip(text) {
                *to = *byte;
                units -= saved(u64::from(*byte));
                *byte = 0;
            }
        }
        self.wide_used = end;
        self.wide_units += units as usize;
        (!start, self.wide_units as i32)
    }

    #[cold]
    fn grow_wide(&mut self, end: usize) {
        self.wide.resize((end * 2).max(1024), 0);
    }

    /// Puts bytes into the blob and returns their two slots.
    fn push_blob(&mut self, bytes: &[u8]) -> (i32, i32) {
        let at = self.blob.len() as i32;
        self.blob.extend_from_slice(bytes);
        (at, self.blob.len() as i32)
    }
}

/// Takes what is no ASCII text out of the payload.
fn blank(payload: &mut [u8], (start, end): Range) {
    payload[start..end].fill(0);
}

/// How many UTF-16 units less than bytes there are in a part of a text: a character has one unit, and two if it takes four bytes.
fn saved(bits: u64) -> isize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let count = |bits: u64| (bits & ONES).count_ones() as isize;
    // 10xxxxxx goes on with a character, 11110xxx begins one of four bytes.
    count((bits >> 7) & !(bits >> 6)) - count((bits >> 7) & (bits >> 6) & (bits >> 5) & (bits >> 4))
}
