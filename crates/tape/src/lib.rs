//! The tape: decoded messages as numbers and one run of text, so that a whole frame crosses into JavaScript at once.
//!
//! A boundary crossing and a string decode per field are what make WebAssembly decoders slow. Here a frame's strings
//! go into one buffer and all else into one buffer of `i32` slots; JavaScript decodes the text once, slices it and
//! builds the objects. The same layout serves the other direction ([`encode`]).
//!
//! This is the hot path, and a crate of its own because it is compiled for speed where all else in the SDK is compiled for
//! size.
//!
//! # Layout
//!
//! A message is a *record*: its type's index in the [`Registry`], then the slots of each field, where [`Field::slot`]
//! says. Slot 0 of the tape is unused, so that 0 can mean "no record". A value takes
//!
//! - one slot: `float` (its bits), integers of 32 bits, `bool`, enum; message and Any (place of its record, 0 if absent);
//! - two slots: `double` and integers of 64 bits (low and high half); string (start and end in the text, in UTF-16
//!   units); bytes (start and end in the frame).
//!
//! A field with explicit presence has one more slot in front, unless it is a message or an Any: 1 if it is set. A
//! repeated field has three: count, place of the first element, place of the last; an element is the place of the next
//! one and then its value. A map is a list of its entries, each a record of key and value. Behind the fields there is a
//! slot for each oneof: the slot, within the record, of the member that is set.
//!
//! An Any of an unknown type is the record [`UNKNOWN`], then its type URL (start, end in the text) and its value
//! (start, end in the frame). A payload, or an Any in a payload's list, that can't be decoded is [`INVALID`], its type
//! URL, and the reason (start, end in the text): the others in the frame still arrive.

pub use tera_wire::encode::{MAX_DEPTH, UNKNOWN, encode};

use tera_wire::{
    error::DecodeError,
    reader::{AnyRef, Reader, Value, text},
    registry::Registry,
    schema::{Field, Kind, Message, Presence},
};

/// First slot of the record of an Any whose bytes are no message of its type.
pub const INVALID: i32 = -2;

/// Most slots of one tape (32 MiB): what a hostile frame of empty elements can make it grow to.
pub const MAX_SLOTS: usize = 1 << 23;

/// One frame's messages; see the [module](self) for the layout. Reused from frame to frame.
#[derive(Debug, Default)]
pub struct Tape {
    slots: Vec<i32>,
    text: Vec<u8>,
    /// Length of `text` in UTF-16 units.
    units: usize,
    /// The last type URL seen of a type that is known, and that type; empty before the first. Events of one frame are mostly of one type.
    last_url: Vec<u8>,
    last_type: usize,
}

impl Tape {
    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &[i32] {
        &self.slots
    }

    /// The text, in UTF-8.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Decodes one Any, whose bytes are borrowed from `frame`, and returns the place of its record.
    ///
    /// What was on the tape is gone. Whatever the bytes are, there is a record: at worst [`INVALID`]. The registry must
    /// be the same each time.
    pub fn decode(&mut self, registry: &Registry, frame: &[u8], any: AnyRef<'_>) -> usize {
        self.slots.clear();
        self.slots.push(0);
        self.text.clear();
        self.units = 0;
        self.whole(&Source { registry, frame }, any, 0)
    }

    /// A message that is delivered by itself: the payload, or one of a payload's list. If anything in it can't be
    /// decoded, it is [`INVALID`] as a whole.
    fn whole(&mut self, source: &Source<'_>, any: AnyRef<'_>, depth: usize) -> usize {
        let at = self.slots.len();
        self.any(source, any, depth).unwrap_or_else(|error| {
            self.slots.truncate(at);
            self.invalid(any.type_url, &error)
        })
    }

    fn any(&mut self, source: &Source<'_>, any: AnyRef<'_>, depth: usize) -> Result<usize, DecodeError> {
        match self.type_index(source.registry, any.type_url) {
            Some(index) => self.message(source, index, any.value, depth),
            None => Ok(self.unknown(source, any)),
        }
    }

    fn type_index(&mut self, registry: &Registry, type_url: &str) -> Option<usize> {
        if !type_url.is_empty() && self.last_url == type_url.as_bytes() {
            return Some(self.last_type);
        }
        let index = registry.find(type_url)?;
        self.last_url.clear();
        self.last_url.extend_from_slice(type_url.as_bytes());
        self.last_type = index;
        Some(index)
    }

    /// The Any that these bytes are; of the type seen last it goes to its message without a look at the URL as text.
    #[inline]
    fn any_bytes(&mut self, source: &Source<'_>, bytes: &[u8], depth: usize) -> Result<usize, DecodeError> {
        let mut reader = Reader::new(bytes);
        if let Some((1, url)) = reader.short_bytes()
            && !url.is_empty()
            && same(url, &self.last_url)
            && let Some((2, value)) = reader.short_bytes()
            && reader.is_empty()
        {
            let at = self.slots.len();
            return match self.message(source, self.last_type, value, depth) {
                Err(error) if depth == 1 => {
                    self.slots.truncate(at);
                    Ok(self.invalid(text(url)?, &error))
                }
                result => result,
            };
        }
        let any = AnyRef::decode(bytes)?;
        if depth == 1 { Ok(self.whole(source, any, depth)) } else { self.any(source, any, depth) }
    }

    fn unknown(&mut self, source: &Source<'_>, any: AnyRef<'_>) -> usize {
        let at = self.slots.len();
        let (start, end) = self.push_text(any.type_url);
        let value = range_in(source.frame, any.value);
        self.slots.extend([UNKNOWN, start, end, value.0, value.1]);
        at
    }

    fn invalid(&mut self, type_url: &str, error: &DecodeError) -> usize {
        let at = self.slots.len();
        let url = self.push_text(type_url);
        let reason = self.push_text(error.reason());
        self.slots.extend([INVALID, url.0, url.1, reason.0, reason.1]);
        at
    }

    fn message(
        &mut self,
        source: &Source<'_>,
        index: usize,
        bytes: &[u8],
        depth: usize,
    ) -> Result<usize, DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let schema = source.registry.message(index);
        let at = self.slots.len();
        if at + schema.slots > MAX_SLOTS {
            return Err(DecodeError::TOO_MANY);
        }
        // Four at a time: a call that fills memory costs more than it does for so few.
        for _ in 0..schema.slots.div_ceil(4) {
            self.slots.extend_from_slice(&[0; 4]);
        }
        self.slots[at] = index as i32;
        let mut reader = Reader::new(bytes);
        loop {
            let (number, value) = match reader.short_bytes() {
                Some((number, bytes)) => (number, Value::Bytes(bytes)),
                None => match reader.field()? {
                    Some(field) => field,
                    None => return Ok(at),
                },
            };
            match (schema.field(number), value) {
                // What most fields are.
                (
                    Some(Field { kind: Kind::String, presence: Presence::Implicit, slot, .. }),
                    Value::Bytes(bytes),
                ) => {
                    let value = self.string(bytes)?;
                    self.put(at + slot, value);
                }
                (Some(field), value) => self.field(source, schema, field, at, value, depth)?,
                (None, _) => {}
            }
        }
    }

    #[inline]
    fn field(
        &mut self,
        source: &Source<'_>,
        schema: &Message,
        field: &Field,
        at: usize,
        value: Value<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let slot = at + field.slot;
        if matches!(field.presence, Presence::Repeated | Presence::Packed) {
            return self.element(source, field, slot, value, depth);
        }
        let value = self.value(source, field.kind, value, depth)?;
        if let Presence::Explicit(oneof) = field.presence {
            self.set_member(at, schema.oneofs + usize::from(oneof), field.slot);
            if !field.kind.is_record() {
                self.slots[slot] = 1;
                self.put(slot + 1, value);
                return Ok(());
            }
        }
        self.put(slot, value);
        Ok(())
    }

    /// Notes that the field at the slot `member` is the one of its oneof that is set; another one is no longer.
    fn set_member(&mut self, at: usize, oneof: usize, member: usize) {
        let before = self.slots[at + oneof] as usize;
        if before != member {
            if before != 0 {
                self.slots[at + before] = 0;
            }
            self.slots[at + oneof] = member as i32;
        }
    }

    #[inline]
    fn element(
        &mut self,
        source: &Source<'_>,
        field: &Field,
        slot: usize,
        value: Value<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        // Whatever the definition says, a list of numbers may come either way.
        if let Value::Bytes(run) = value
            && field.kind.is_number()
        {
            let mut reader = Reader::new(run);
            while !reader.is_empty() {
                let value = reader.packed(field.kind)?;
                let value = self.value(source, field.kind, value, depth)?;
                self.append(slot, value)?;
            }
            return Ok(());
        }
        let value = self.value(source, field.kind, value, depth)?;
        self.append(slot, value)
    }

    #[inline]
    fn put(&mut self, slot: usize, value: Slots) {
        match value {
            Slots::One(one) => self.slots[slot] = one,
            Slots::Two(first, second) => {
                self.slots[slot] = first;
                self.slots[slot + 1] = second;
            }
        }
    }

    /// Adds an element to the list whose three slots begin at `slot`.
    fn append(&mut self, slot: usize, value: Slots) -> Result<(), DecodeError> {
        let element = self.slots.len();
        if element + 3 > MAX_SLOTS {
            return Err(DecodeError::TOO_MANY);
        }
        match value {
            Slots::One(one) => self.slots.extend([0, one]),
            Slots::Two(first, second) => self.slots.extend([0, first, second]),
        }
        let last = self.slots[slot + 2] as usize;
        let link = if self.slots[slot] == 0 { slot + 1 } else { last };
        self.slots[link] = element as i32;
        self.slots[slot] += 1;
        self.slots[slot + 2] = element as i32;
        Ok(())
    }

    #[inline]
    fn value(
        &mut self,
        source: &Source<'_>,
        kind: Kind,
        value: Value<'_>,
        depth: usize,
    ) -> Result<Slots, DecodeError> {
        Ok(match (kind, value) {
            (Kind::String, Value::Bytes(bytes)) => self.string(bytes)?,
            (Kind::Enum(_) | Kind::Uint32 | Kind::Int32, Value::Varint(number)) => Slots::One(number as i32),
            (Kind::Bool, Value::Varint(number)) => Slots::One(i32::from(number != 0)),
            (Kind::Any, Value::Bytes(bytes)) => Slots::One(self.any_bytes(source, bytes, depth + 1)? as i32),
            (Kind::Message(index), Value::Bytes(bytes)) => {
                Slots::One(self.message(source, usize::from(index), bytes, depth + 1)? as i32)
            }
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Value::Fixed64(bits))
            | (Kind::Int64 | Kind::Uint64, Value::Varint(bits)) => Slots::wide(bits),
            (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, Value::Fixed32(bits)) => Slots::One(bits as i32),
            (Kind::Sint32, Value::Varint(bits)) => {
                Slots::One((bits as u32 >> 1) as i32 ^ -((bits & 1) as i32))
            }
            (Kind::Sint64, Value::Varint(bits)) => Slots::wide(bits >> 1 ^ (bits & 1).wrapping_neg()),
            (Kind::Bytes, Value::Bytes(bytes)) => {
                let (start, end) = range_in(source.frame, bytes);
                Slots::Two(start, end)
            }
            _ => return Err(DecodeError::BAD_WIRE_TYPE),
        })
    }

    #[inline]
    fn string(&mut self, bytes: &[u8]) -> Result<Slots, DecodeError> {
        let start = self.units;
        let length = self.text.len();
        self.units += if append(&mut self.text, bytes) {
            bytes.len()
        } else {
            let valid = text(bytes).inspect_err(|_| self.text.truncate(length))?;
            utf16_length(valid)
        };
        Ok(Slots::Two(start as i32, self.units as i32))
    }

    fn push_text(&mut self, text: &str) -> (i32, i32) {
        let start = self.units;
        self.units += utf16_length(text);
        self.text.extend_from_slice(text.as_bytes());
        (start as i32, self.units as i32)
    }
}

/// What is decoded, and by which tables.
struct Source<'a> {
    registry: &'a Registry,
    frame: &'a [u8],
}

/// A value's slots.
#[derive(Clone, Copy)]
enum Slots {
    One(i32),
    Two(i32, i32),
}

impl Slots {
    fn wide(bits: u64) -> Self {
        Self::Two(bits as i32, (bits >> 32) as i32)
    }
}

/// Appends the bytes and says whether all of them are ASCII. Word by word: a call that copies memory costs more than it
/// does for strings as short as most are.
#[inline]
fn append(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    out.reserve(bytes.len());
    let (words, rest) = bytes.as_chunks::<8>();
    let mut bits = 0;
    for word in words {
        bits |= u64::from_ne_bytes(*word);
        out.extend_from_slice(word);
    }
    for &byte in rest {
        bits |= u64::from(byte);
        out.push(byte);
    }
    bits & 0x8080_8080_8080_8080 == 0
}

/// Whether the bytes are equal, word by word as in [`append`].
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    a.len() == b.len()
        && a_rest.len() == b_rest.len()
        && a.iter().zip(b).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

/// How many UTF-16 units the text has: one for each character, two for those that take four bytes.
fn utf16_length(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)).sum()
}

/// Where `part`, which is borrowed from `frame`, starts and ends in it.
fn range_in(frame: &[u8], part: &[u8]) -> (i32, i32) {
    let start = if part.is_empty() { 0 } else { part.as_ptr().addr() - frame.as_ptr().addr() };
    (start as i32, (start + part.len()) as i32)
}
