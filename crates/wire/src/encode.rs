//! From the tape back to bytes, with no type of Rust's in between: tests hold the walk against it. The layout is described in
//! `tera_tape`. JavaScript encodes by itself (`pkg/src/encoder.ts`).

use std::cell::Cell;

use crate::{
    error::DecodeError,
    registry::Registry,
    schema::{Field, Kind, Presence},
    writer::{put_bytes, put_key, put_nested, put_varint},
};

/// First slot of the record of an Any whose type is not in the catalogue.
pub const UNKNOWN: i32 = -1;

/// Place of the payload's record.
pub const ROOT: usize = 1;

/// Deepest nesting of messages and Anys, counted from the payload of the frame.
pub const MAX_DEPTH: usize = 16;

/// The prefix of the type URLs written here.
const TYPE_URL_PREFIX: &str = "type.googleapis.com/";

const MALFORMED: DecodeError = DecodeError::fixed("the tape is malformed");

/// A tape as it is to be encoded; the record begins at [`ROOT`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    /// The slots.
    pub slots: &'a [i32],
    /// The strings. They need not be ASCII here: starts and ends count UTF-16 units.
    pub text: &'a str,
    /// The strings whose start is a complement; JavaScript writes none.
    pub wide: &'a str,
    /// The values of bytes fields.
    pub blob: &'a [u8],
}

/// Encodes the record of a tape, without a type URL.
///
/// # Errors
///
/// A tape that doesn't follow the layout, or nesting beyond [`MAX_DEPTH`].
pub fn encode(registry: &Registry, tape: &Written<'_>) -> Result<Vec<u8>, DecodeError> {
    let source = Source { registry, tape, text: Text::new(tape.text), wide: Text::new(tape.wide) };
    let mut out = Vec::with_capacity(tape.text.len() + tape.blob.len() + 64);
    source.message(ROOT, 0, &mut out)?;
    Ok(out)
}

/// A text whose positions count UTF-16 units.
struct Text<'a> {
    text: &'a str,
    is_ascii: bool,
    /// The position looked up last, in units and in bytes: the next one is mostly a little behind it.
    last: Cell<(usize, usize)>,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, is_ascii: text.is_ascii(), last: Cell::default() }
    }

    /// The bytes between two positions, if these are positions of whole characters.
    fn get(&self, start: usize, end: usize) -> Option<&'a [u8]> {
        let range =
            if self.is_ascii { start..end } else { self.byte_offset(start)?..self.byte_offset(end)? };
        self.text.get(range).map(str::as_bytes)
    }

    fn byte_offset(&self, position: usize) -> Option<usize> {
        let (mut units, mut offset) = self.last.get();
        if position < units {
            (units, offset) = (0, 0);
        }
        let bytes = self.text.as_bytes();
        while units < position {
            let length = match bytes.get(offset)? {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
            offset += length;
            units += if length == 4 { 2 } else { 1 };
        }
        self.last.set((units, offset));
        (units == position).then_some(offset)
    }
}

struct Source<'a> {
    registry: &'a Registry,
    tape: &'a Written<'a>,
    text: Text<'a>,
    wide: Text<'a>,
}

impl Source<'_> {
    fn slot(&self, at: usize) -> Result<i32, DecodeError> {
        self.tape.slots.get(at).copied().ok_or(MALFORMED)
    }

    fn place(&self, at: usize) -> Result<usize, DecodeError> {
        usize::try_from(self.slot(at)?).map_err(|_| MALFORMED)
    }

    fn string(&self, at: usize) -> Result<&[u8], DecodeError> {
        let start = self.slot(at)?;
        let (text, start) = match usize::try_from(start) {
            Ok(start) => (&self.text, start),
            Err(_) => (&self.wide, !start as usize),
        };
        text.get(start, self.place(at + 1)?).ok_or(MALFORMED)
    }

    fn bytes(&self, at: usize) -> Result<&[u8], DecodeError> {
        self.tape.blob.get(self.place(at)?..self.place(at + 1)?).ok_or(MALFORMED)
    }

    fn wide(&self, at: usize) -> Result<u64, DecodeError> {
        Ok(u64::from(self.slot(at)? as u32) | u64::from(self.slot(at + 1)? as u32) << 32)
    }

    fn any(&self, at: usize, depth: usize, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let index = self.slot(at)?;
        if index == UNKNOWN {
            put_bytes(out, 1, self.string(at + 1)?);
            put_bytes(out, 2, self.bytes(at + 3)?);
            return Ok(());
        }
        let schema =
            usize::try_from(index).ok().and_then(|index| self.registry.get(index)).ok_or(MALFORMED)?;
        put_key(out, 1, 2);
        put_varint(out, (TYPE_URL_PREFIX.len() + schema.name.len()) as u64);
        out.extend_from_slice(TYPE_URL_PREFIX.as_bytes());
        out.extend_from_slice(schema.name.as_bytes());
        put_nested(out, 2, |out| self.message(at, depth, out))
    }

    fn message(&self, at: usize, depth: usize, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        if depth == MAX_DEPTH {
            return Err(DecodeError::TOO_DEEP);
        }
        let schema = self.registry.get(self.place(at)?).ok_or(MALFORMED)?;
        for field in &*schema.fields {
            let slot = at + field.slot;
            match field.presence {
                Presence::Implicit => self.value(field, slot, false, depth, out)?,
                Presence::Explicit(_) if field.kind.is_record() => {
                    self.value(field, slot, false, depth, out)?;
                }
                Presence::Explicit(_) if self.slot(slot)? == 0 => {}
                Presence::Explicit(_) => self.value(field, slot + 1, true, depth, out)?,
                Presence::Repeated => {
                    self.each(slot, out, |at, out| self.value(field, at, true, depth, out))?;
                }
                Presence::Packed if self.slot(slot)? == 0 => {}
                Presence::Packed => put_nested(out, field.number, |out| {
                    self.each(slot, out, |at, out| {
                        self.number(field.kind, at)?.put(out);
                        Ok(())
                    })
                })?,
            }
        }
        Ok(())
    }

    /// Writes each element of the list whose three slots begin at `slot`; `write` is given the place of its value.
    fn each(
        &self,
        slot: usize,
        out: &mut Vec<u8>,
        write: impl Fn(usize, &mut Vec<u8>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut element = self.place(slot + 1)?;
        for _ in 0..self.slot(slot)? {
            write(element + 1, out)?;
            element = self.place(element)?;
        }
        Ok(())
    }

    /// Writes one value with its key; without `always`, a default is left out.
    fn value(
        &self,
        field: &Field,
        at: usize,
        always: bool,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let number = field.number;
        match field.kind {
            Kind::String | Kind::Bytes => {
                let bytes = if field.kind == Kind::String { self.string(at)? } else { self.bytes(at)? };
                if always || !bytes.is_empty() {
                    put_bytes(out, number, bytes);
                }
            }
            Kind::Message(_) | Kind::Any => {
                let record = self.place(at)?;
                if record != 0 {
                    put_nested(out, number, |out| match field.kind {
                        Kind::Any => self.any(record, depth + 1, out),
                        _ => self.message(record, depth + 1, out),
                    })?;
                }
            }
            kind => {
                let value = self.number(kind, at)?;
                if always || !value.is_default() {
                    put_key(out, number, value.wire_type());
                    value.put(out);
                }
            }
        }
        Ok(())
    }

    /// A number as it goes onto the wire.
    fn number(&self, kind: Kind, at: usize) -> Result<Number, DecodeError> {
        Ok(match kind {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Number::Eight(self.wide(at)?),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Number::Four(self.slot(at)? as u32),
            Kind::Int64 | Kind::Uint64 => Number::Varint(self.wide(at)?),
            Kind::Sint64 => {
                let bits = self.wide(at)?;
                Number::Varint(bits << 1 ^ (bits as i64 >> 63) as u64)
            }
            Kind::Sint32 => {
                let number = self.slot(at)?;
                Number::Varint(u64::from((number << 1 ^ number >> 31) as u32))
            }
            // A negative number is written sign-extended to 64 bits.
            Kind::Int32 | Kind::Enum(_) => Number::Varint(i64::from(self.slot(at)?) as u64),
            _ => Number::Varint(u64::from(self.slot(at)? as u32)),
        })
    }
}

/// A number in its wire type.
enum Number {
    Varint(u64),
    Eight(u64),
    Four(u32),
}

impl Number {
    fn is_default(&self) -> bool {
        matches!(self, Self::Varint(0) | Self::Eight(0) | Self::Four(0))
    }

    fn wire_type(&self) -> u32 {
        match self {
            Self::Varint(_) => 0,
            Self::Eight(_) => 1,
            Self::Four(_) => 5,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Varint(number) => put_varint(out, *number),
            Self::Eight(bits) => out.extend_from_slice(&bits.to_le_bytes()),
            Self::Four(bits) => out.extend_from_slice(&bits.to_le_bytes()),
        }
    }
}
