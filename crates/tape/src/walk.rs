//! The walk over a payload's bytes: the hot path.
//!
//! Most fields have a number below 16 and a length or value below 128: two bytes say what they are. The walk
//! takes these, and lengths of two bytes, itself; for all else it asks the [reader](tera_wire::reader).
//!
//! A record is written where the next slot is, so the slot that points to it is filled before it is there.

use super::{
    MAX_DEPTH, Tables, Writer,
    keys::{Content, Key},
};
use tera_wire::{
    error::DecodeError,
    reader::{AnyRef, Reader, Value, short_bytes},
    schema::{Field, Kind, Message, Presence},
};

impl Writer {
    /// Writes the message of this type in these bytes into its `record`; if that is 0, into a new one, where the next slot is.
    pub(super) fn message(
        &mut self,
        tables: &Tables<'_>,
        mut bytes: &[u8],
        index: usize,
        record: usize,
        depth: usize,
    ) -> Result<(), DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let keys = &tables.keys[index];
        let mut at = record;
        if at == 0 {
            at = self.reserve(keys.slots)?;
            self.slots[at] = index as i32;
        }
        while let Some((&[key, low], rest)) = bytes.split_first_chunk() {
            match keys.find(key) {
                Key::Delimited(slot, content) if let Some((value, rest)) = short_bytes(bytes) => {
                    bytes = rest;
                    self.delimited(tables, at + usize::from(slot), content, value, depth)?;
                }
                Key::Number(slot) if low < 0x80 => {
                    bytes = rest;
                    self.slots[at + usize::from(slot)] = i32::from(low);
                }
                Key::Fixed64(slot) if let Some((bits, rest)) = bytes[1..].split_first_chunk() => {
                    bytes = rest;
                    self.put_u64(at + usize::from(slot), u64::from_le_bytes(*bits));
                }
                _ => bytes = self.field(tables, bytes, index, at, depth)?,
            }
        }
        if bytes.is_empty() { Ok(()) } else { Err(DecodeError::TRUNCATED) }
    }

    /// Takes the value of a field that has a length. Inlined, as [`Writer::string`] is.
    #[inline(always)]
    fn delimited(
        &mut self,
        tables: &Tables<'_>,
        slot: usize,
        content: Content,
        value: &[u8],
        depth: usize,
    ) -> Result<(), DecodeError> {
        let slot = match content {
            Content::Strings | Content::Anys => {
                self.append(slot, if content == Content::Anys { 1 } else { 2 })?
            }
            Content::String | Content::Message(_) => slot,
        };
        match content {
            Content::String | Content::Strings => self.string(slot, value),
            Content::Anys => {
                let at = self.used;
                self.slots[slot] = at as i32;
                let Some((index, value)) = self.known_any(value) else {
                    return self.any(tables, value, depth + 1);
                };
                let decoded = self.message(tables, value, index, 0, depth + 1);
                decoded.or_else(|error| self.spoilt(tables, at, Some(index), error, depth + 1))
            }
            Content::Message(index) => self.part(tables, value, index, slot, depth),
        }
    }

    /// Takes the value of a field that is a message. One that comes in parts is all of them together.
    #[inline(never)]
    fn part(
        &mut self,
        tables: &Tables<'_>,
        bytes: &[u8],
        index: u16,
        slot: usize,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let record = self.slots[slot] as usize;
        if record == 0 {
            self.slots[slot] = self.used as i32;
        }
        self.message(tables, bytes, usize::from(index), record, depth + 1)
    }

    /// Takes the first field, whatever it is, and returns what is behind it.
    #[inline(never)]
    fn field<'a>(
        &mut self,
        tables: &Tables<'_>,
        bytes: &'a [u8],
        index: usize,
        at: usize,
        depth: usize,
    ) -> Result<&'a [u8], DecodeError> {
        let mut reader = Reader::new(bytes);
        if let Some((number, value)) = reader.field()? {
            let schema = tables.registry.message(index);
            if let Some(field) = schema.field(number) {
                self.value_of(tables, schema, field, at, value, depth)?;
            }
        }
        Ok(&bytes[bytes.len() - reader.len()..])
    }

    fn value_of(
        &mut self,
        tables: &Tables<'_>,
        schema: &Message,
        field: &Field,
        at: usize,
        found: Value<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let slot = at + field.slot;
        if matches!(field.presence, Presence::Repeated | Presence::Packed) {
            return self.element(tables, field, slot, found, depth);
        }
        if let Presence::Explicit(oneof) = field.presence {
            self.set_member(at, schema.oneofs + usize::from(oneof), field.slot);
            if !field.kind.is_record() {
                self.slots[slot] = 1;
                return self.value(tables, field.kind, found, slot + 1, depth);
            }
        }
        self.value(tables, field.kind, found, slot, depth)
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
        field: &Field,
        slot: usize,
        found: Value<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        // Whatever the definition says, a list of numbers may come either way.
        if let Value::Bytes(numbers) = found
            && field.kind.is_number()
        {
            let mut reader = Reader::new(numbers);
            while !reader.is_empty() {
                let number = reader.packed(field.kind)?;
                self.add(tables, field, slot, number, depth)?;
            }
            return Ok(());
        }
        self.add(tables, field, slot, found, depth)
    }

    /// Adds an element to a list.
    #[inline(never)]
    fn add(
        &mut self,
        tables: &Tables<'_>,
        field: &Field,
        slot: usize,
        found: Value<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let element = self.append(slot, field.kind.width())?;
        self.value(tables, field.kind, found, element, depth)
    }

    /// Adds an element, whose value takes so many slots, to the list whose three slots begin at `slot`. Returns the slot of the value.
    #[inline]
    fn append(&mut self, slot: usize, width: usize) -> Result<usize, DecodeError> {
        let element = self.reserve(1 + width)?;
        let list = &mut self.slots[slot..slot + 3];
        let last = std::mem::replace(&mut list[2], element as i32) as usize;
        list[0] += 1;
        let link = if last == 0 { slot + 1 } else { last };
        self.slots[link] = element as i32;
        Ok(element + 1)
    }

    fn value(
        &mut self,
        tables: &Tables<'_>,
        kind: Kind,
        found: Value<'_>,
        slot: usize,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let one = match (kind, found) {
            (Kind::String, Value::Bytes(bytes)) => return self.new_string(slot, bytes),
            (Kind::Bytes, Value::Bytes(bytes)) => {
                self.bytes(slot, bytes);
                return Ok(());
            }
            (Kind::Any, Value::Bytes(bytes)) => {
                self.slots[slot] = self.used as i32;
                return self.any(tables, bytes, depth + 1);
            }
            (Kind::Message(index), Value::Bytes(bytes)) => {
                return self.part(tables, bytes, index, slot, depth);
            }
            (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Value::Fixed64(bits))
            | (Kind::Int64 | Kind::Uint64, Value::Varint(bits)) => {
                self.put_u64(slot, bits);
                return Ok(());
            }
            (Kind::Sint64, Value::Varint(bits)) => {
                self.put_u64(slot, bits >> 1 ^ (bits & 1).wrapping_neg());
                return Ok(());
            }
            (Kind::Enum(_) | Kind::Uint32 | Kind::Int32, Value::Varint(number)) => number as i32,
            (Kind::Bool, Value::Varint(number)) => i32::from(number != 0),
            (Kind::Float | Kind::Fixed32 | Kind::Sfixed32, Value::Fixed32(bits)) => bits as i32,
            (Kind::Sint32, Value::Varint(bits)) => (bits as u32 >> 1) as i32 ^ -((bits & 1) as i32),
            _ => return Err(DecodeError::BAD_WIRE_TYPE),
        };
        self.slots[slot] = one;
        Ok(())
    }

    fn put_u64(&mut self, slot: usize, bits: u64) {
        self.put(slot, bits as i32, (bits >> 32) as i32);
    }

    /// Writes the record of an Any.
    #[inline(never)]
    fn any(&mut self, tables: &Tables<'_>, bytes: &[u8], depth: usize) -> Result<(), DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let at = self.used;
        let (index, decoded) = match AnyRef::decode(bytes) {
            Ok(AnyRef { type_url, value }) => match self.index_of(tables.registry, type_url) {
                Some(index) => (Some(index), self.message(tables, value, index, 0, depth)),
                None => (None, self.unknown(value, type_url)),
            },
            Err(error) => (None, Err(error)),
        };
        decoded.or_else(|error| self.spoilt(tables, at, index, error, depth))
    }

    /// What follows from an error in an Any whose record was to be at `at`. One of the payload's own list, at depth 1, is
    /// [`INVALID`](super::INVALID); deeper, it makes the message around it so.
    #[cold]
    fn spoilt(
        &mut self,
        tables: &Tables<'_>,
        at: usize,
        index: Option<usize>,
        error: DecodeError,
        depth: usize,
    ) -> Result<(), DecodeError> {
        if depth > 1 {
            return Err(error);
        }
        self.rewind(at);
        self.invalid(index.map_or("", |index| &tables.registry.message(index).name), &error)
    }

    /// Type and value of an Any as it mostly is: a type URL that was seen before, then the value.
    #[inline]
    fn known_any<'a>(&self, bytes: &'a [u8]) -> Option<(usize, &'a [u8])> {
        if *bytes.first()? != 0x0a {
            return None;
        }
        let (url, rest) = short_bytes(bytes)?;
        let index = self.urls.find(url)?;
        if *rest.first()? != 0x12 {
            return None;
        }
        let (value, rest) = short_bytes(rest)?;
        rest.is_empty().then_some((index, value))
    }
}
