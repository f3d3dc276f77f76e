//! The walk over a payload's bytes: the hot path.
//!
//! Most fields have a number below 16 and a length or value below 128: two bytes say what they are, and are ASCII. The walk
//! takes these, and lengths of two bytes, itself; for all else it asks the [reader](tera_wire::reader).

use super::{MAX_DEPTH, Range, Tables, Writer, blank, keys::Key};
use tera_wire::{
    error::DecodeError,
    reader::{AnyRef, Reader, Value, text},
    schema::{Field, Kind, Message, Presence},
};

/// A field's value; bytes by their place in the payload.
#[derive(Clone, Copy)]
enum Found {
    Bytes(Range),
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
}

/// A value's slots.
#[derive(Clone, Copy)]
enum Slots {
    One(i32),
    Two(i32, i32),
}

impl Writer {
    /// The record of the message of this type in these bytes.
    pub(super) fn message(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        index: usize,
        (start, end): Range,
        depth: usize,
    ) -> Result<usize, DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let keys = &tables.keys[index];
        let at = self.reserve(keys.slots)?;
        self.slots[at] = index as i32;
        let mut position = start;
        while let Some(&[key, low]) = payload[position..end].first_chunk() {
            let known = keys.find(key);
            let range = match known {
                Key::Number(slot) if low < 0x80 => {
                    self.slots[at + usize::from(slot)] = i32::from(low);
                    position += 2;
                    continue;
                }
                Key::Fixed64(slot) if end - position > 8 => {
                    let bits = payload[position + 1..end].first_chunk().copied().unwrap_or_default();
                    self.put(at + usize::from(slot), Slots::wide(u64::from_le_bytes(bits)));
                    blank(payload, (position + 1, position + 9));
                    position += 9;
                    continue;
                }
                Key::Number(_) | Key::Fixed64(_) | Key::Other => None,
                _ => short_bytes(payload, position, end),
            };
            let Some(range) = range else {
                position = self.field(tables, payload, index, at, (position, end), depth)?;
                continue;
            };
            blank_length(payload, position, range.0);
            position = range.1;
            match known {
                Key::String(slot) => {
                    let value = self.string(payload, range)?;
                    self.put(at + usize::from(slot), value);
                }
                Key::Strings(slot) => {
                    let value = self.string(payload, range)?;
                    self.append(at + usize::from(slot), value)?;
                }
                Key::Anys(slot) => {
                    let value = self.any(tables, payload, range, depth + 1)?;
                    self.append(at + usize::from(slot), Slots::One(value as i32))?;
                }
                Key::Message(slot, index) => {
                    let value = self.message(tables, payload, usize::from(index), range, depth + 1)?;
                    self.put(at + usize::from(slot), Slots::One(value as i32));
                }
                Key::Number(_) | Key::Fixed64(_) | Key::Other => {}
            }
        }
        if position < end { Err(DecodeError::TRUNCATED) } else { Ok(at) }
    }

    /// Takes the field that starts here, whatever it is, and returns where the next one does. Nothing but text stays in the
    /// payload.
    fn field(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        index: usize,
        at: usize,
        (position, end): Range,
        depth: usize,
    ) -> Result<usize, DecodeError> {
        let mut reader = Reader::new(&payload[position..end]);
        let Some((number, value)) = reader.field()? else {
            blank(payload, (position, end));
            return Ok(end);
        };
        let next = end - reader.len();
        let found = match value {
            Value::Bytes(value) => Found::Bytes((next - value.len(), next)),
            Value::Varint(number) => Found::Varint(number),
            Value::Fixed64(bits) => Found::Fixed64(bits),
            Value::Fixed32(bits) => Found::Fixed32(bits),
        };
        let schema = tables.registry.message(index);
        let field = schema.field(number);
        let text = if let (Found::Bytes((value, _)), Some(_)) = (found, field) { value } else { next };
        blank(payload, (position, text));
        if let Some(field) = field {
            self.value_of(tables, payload, schema, field, at, found, depth)?;
        }
        Ok(next)
    }

    #[expect(clippy::too_many_arguments, reason = "what is walked over, by what, where to, and what")]
    fn value_of(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        schema: &Message,
        field: &Field,
        at: usize,
        found: Found,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let slot = at + field.slot;
        if matches!(field.presence, Presence::Repeated | Presence::Packed) {
            return self.element(tables, payload, field, slot, found, depth);
        }
        let value = self.value(tables, payload, field.kind, found, depth)?;
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

    fn element(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        field: &Field,
        slot: usize,
        found: Found,
        depth: usize,
    ) -> Result<(), DecodeError> {
        // Whatever the definition says, a list of numbers may come either way.
        if let Found::Bytes((start, end)) = found
            && field.kind.is_number()
        {
            let mut position = start;
            while position < end {
                let mut reader = Reader::new(&payload[position..end]);
                let found = match reader.packed(field.kind)? {
                    Value::Fixed64(bits) => Found::Fixed64(bits),
                    Value::Fixed32(bits) => Found::Fixed32(bits),
                    Value::Varint(number) => Found::Varint(number),
                    Value::Bytes(_) => return Err(DecodeError::BAD_WIRE_TYPE),
                };
                position = end - reader.len();
                let value = self.value(tables, payload, field.kind, found, depth)?;
                self.append(slot, value)?;
            }
            blank(payload, (start, end));
            return Ok(());
        }
        let value = self.value(tables, payload, field.kind, found, depth)?;
        self.append(slot, value)
    }

    #[inline]
    fn put(&mut self, slot: usize, value: Slots) {
        match value {
            Slots::One(one) => self.slots[slot] = one,
            Slots::Two(first, second) => {
                let slots = &mut self.slots[slot..slot + 2];
                slots[0] = first;
                slots[1] = second;
            }
        }
    }

    /// Adds an element to the list whose three slots begin at `slot`.
    #[inline]
    fn append(&mut self, slot: usize, value: Slots) -> Result<(), DecodeError> {
        let element = self.reserve(if let Slots::One(_) = value { 2 } else { 3 })?;
        self.put(element + 1, value);
        let list = &mut self.slots[slot..slot + 3];
        let last = std::mem::replace(&mut list[2], element as i32) as usize;
        list[0] += 1;
        let link = if last == 0 { slot + 1 } else { last };
        self.slots[link] = element as i32;
        Ok(())
    }

    fn value(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        kind: Kind,
        found: Found,
        depth: usize,
    ) -> Result<Slots, DecodeError> {
        Ok(match (kind, found) {
            (Kind::String, Found::Bytes(range)) => self.string(payload, range)?,
            (Kind::Enum(_) | Kind::Uint32 | Kind::Int32, Found::Varint(number)) => Slots::One(number as i32),
            (Kind::Bool, Found::Varint(number)) => Slots::One(i32::from(number != 0)),
            (Kind::Any, Found::Bytes(range)) => {
                Slots::One(self.any(tables, payload, range, depth + 1)? as i32)
            }
            (Kind::Message(index), Found::Bytes(range)) => {
                Slots::One(self.message(tables, payload, usize::from(index), range, depth + 1)? as i32)
            }
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Found::Fixed64(bits))
            | (Kind::Int64 | Kind::Uint64, Found::Varint(bits)) => Slots::wide(bits),
            (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, Found::Fixed32(bits)) => Slots::One(bits as i32),
            (Kind::Sint32, Found::Varint(bits)) => {
                Slots::One((bits as u32 >> 1) as i32 ^ -((bits & 1) as i32))
            }
            (Kind::Sint64, Found::Varint(bits)) => Slots::wide(bits >> 1 ^ (bits & 1).wrapping_neg()),
            (Kind::Bytes, Found::Bytes(range)) => {
                let (start, end) = self.push_blob(&payload[range.0..range.1]);
                blank(payload, range);
                Slots::Two(start, end)
            }
            _ => return Err(DecodeError::BAD_WIRE_TYPE),
        })
    }

    #[inline]
    fn string(&mut self, payload: &mut [u8], (start, end): Range) -> Result<Slots, DecodeError> {
        if is_ascii(&payload[start..end]) {
            return Ok(Slots::Two(start as i32, end as i32));
        }
        self.wide_string(payload, (start, end))
    }

    fn wide_string(&mut self, payload: &mut [u8], part: Range) -> Result<Slots, DecodeError> {
        let bytes = &mut payload[part.0..part.1];
        text(bytes)?;
        let (start, end) = self.move_wide(bytes);
        Ok(Slots::Two(start, end))
    }

    /// The record of an Any. One of the payload's own list, at depth 1, that can't be decoded is
    /// [`INVALID`](super::INVALID); deeper, it makes the message around it so.
    fn any(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        whole: Range,
        depth: usize,
    ) -> Result<usize, DecodeError> {
        let before = self.used;
        let (index, decoded) = match self.known_any(payload, whole) {
            Some((index, value)) => (Some(index), self.message(tables, payload, index, value, depth)),
            None if depth == MAX_DEPTH => return Err(DecodeError::TOO_DEEP),
            None => match self.read_any(tables, payload, whole) {
                Ok((Some(index), value)) => (Some(index), self.message(tables, payload, index, value, depth)),
                Ok((None, _)) => return Ok(before),
                Err(error) => (None, Err(error)),
            },
        };
        match decoded {
            Err(error) if depth == 1 => {
                self.rewind(before);
                let name = index.map_or("", |index| &tables.registry.message(index).name);
                self.invalid(payload, name, whole, &error)
            }
            result => result,
        }
    }

    /// Type and value of an Any as it mostly is: a type URL that was seen before, then the value.
    #[inline]
    fn known_any(&self, payload: &mut [u8], (start, end): Range) -> Option<(usize, Range)> {
        if *payload.get(start)? != 0x0a {
            return None;
        }
        let url = short_bytes(payload, start, end)?;
        let index = self.urls.find(&payload[url.0..url.1])?;
        if url.1 == end || payload[url.1] != 0x12 {
            return None;
        }
        let value = short_bytes(payload, url.1, end)?;
        if value.1 < end {
            return None;
        }
        blank_length(payload, start, url.0);
        blank_length(payload, url.1, value.0);
        Some((index, value))
    }

    /// Type and value of any other Any; one of an unknown type has its record already.
    #[cold]
    fn read_any(
        &mut self,
        tables: &Tables<'_>,
        payload: &mut [u8],
        (start, end): Range,
    ) -> Result<(Option<usize>, Range), DecodeError> {
        let any = AnyRef::decode(&payload[start..end])?;
        let value = match any.value {
            [] => (end, end),
            value => {
                let from = value.as_ptr().addr() - payload.as_ptr().addr();
                (from, from + value.len())
            }
        };
        let index = tables.registry.find(any.type_url);
        match index {
            Some(index) => self.urls.insert(any.type_url, index),
            None => _ = self.unknown(&payload[value.0..value.1], any.type_url)?,
        }
        let kept = if index.is_some() { value } else { (end, end) };
        blank(payload, (start, kept.0));
        blank(payload, (kept.1, end));
        Ok((index, value))
    }
}

impl Slots {
    fn wide(bits: u64) -> Self {
        Self::Two(bits as i32, (bits >> 32) as i32)
    }
}

/// Where the bytes lie of the field whose key, of one byte, is at `position`, if they do lie before `end` and their length
/// takes two bytes at most.
#[inline(always)]
fn short_bytes(payload: &[u8], position: usize, end: usize) -> Option<Range> {
    let low = *payload.get(position + 1)?;
    let (start, length) = if low < 0x80 {
        (position + 2, usize::from(low))
    } else {
        let high = *payload.get(position + 2)?;
        if high >= 0x80 {
            return None;
        }
        (position + 3, usize::from(low & 0x7f) | usize::from(high) << 7)
    };
    (start + length <= end).then_some((start, start + length))
}

/// Blanks what is not ASCII between the key at `position` and the bytes at `start`, as [`short_bytes`] found them: of a
/// length of two bytes the first.
#[inline(always)]
fn blank_length(payload: &mut [u8], position: usize, start: usize) {
    if start - position > 2 {
        payload[position + 1] = 0;
    }
}

/// Whether all bytes are ASCII; eight at a time, the last eight perhaps twice.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().fold(0, |bits, byte| bits | byte) < 0x80;
    };
    let (words, _) = bytes.as_chunks::<8>();
    let bits = words.iter().fold(u64::from_ne_bytes(*last), |bits, word| bits | u64::from_ne_bytes(*word));
    bits & HIGH == 0
}
