//! From the tape back to bytes, with no type of Rust's in between: what tests and fuzzers hold the walk against. Applications'
//! objects are encoded in JavaScript (`pkg/src/encoder.ts`).

use tera_wire::{
    registry::Registry,
    schema::{Field, Kind, Presence},
    writer::{put_bytes, put_key, put_nested, put_varint},
};

use crate::{ROOT, Tape, UNKNOWN};

/// The prefix of the type URLs written here.
const TYPE_URL_PREFIX: &str = "type.googleapis.com/";

impl Tape {
    /// Encodes the payload's record, without a type URL; `None` if a part of it is [`INVALID`](crate::INVALID), or if
    /// all of it is of an unknown type.
    ///
    /// # Panics
    ///
    /// The registry is another one.
    #[must_use]
    pub fn encode(&self, registry: &Registry) -> Option<Vec<u8>> {
        let source = Source { registry, tape: self };
        let mut out = Vec::new();
        source.message(ROOT, &mut out).ok()?;
        Some(out)
    }

    /// The string in the two slots that begin here.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn string(&self, at: usize) -> String {
        let (start, end) = (self.slots()[at], self.slots()[at + 1]);
        let bytes = if start < 0 {
            self.writer.strings.get(!start as usize)
        } else if end < 0 {
            let units: Vec<_> = str::from_utf8(self.wide()).unwrap_or_default().encode_utf16().collect();
            String::from_utf16_lossy(&units[start as usize..!end as usize]).into_bytes()
        } else {
            self.text()[start as usize..end as usize].to_vec()
        };
        String::from_utf8(bytes).expect("a string is UTF-8")
    }
}

/// A record that is no message's.
struct NoMessage;

type Written = Result<(), NoMessage>;

struct Source<'a> {
    registry: &'a Registry,
    tape: &'a Tape,
}

impl Source<'_> {
    fn slot(&self, at: usize) -> i32 {
        self.tape.slots()[at]
    }

    fn place(&self, at: usize) -> usize {
        usize::try_from(self.slot(at)).expect("places are never negative")
    }

    /// The type of the record, if it is of one.
    fn index(&self, at: usize) -> Result<usize, NoMessage> {
        usize::try_from(self.slot(at)).map_err(|_| NoMessage)
    }

    fn bytes(&self, at: usize) -> &[u8] {
        &self.tape.blob()[self.place(at)..self.place(at + 1)]
    }

    fn u64_at(&self, at: usize) -> u64 {
        u64::from(self.slot(at) as u32) | u64::from(self.slot(at + 1) as u32) << 32
    }

    fn any(&self, at: usize, out: &mut Vec<u8>) -> Written {
        if self.slot(at) == UNKNOWN {
            put_bytes(out, 1, self.tape.string(at + 1).as_bytes());
            put_bytes(out, 2, self.bytes(at + 3));
            return Ok(());
        }
        let name = &self.registry.message(self.index(at)?).name;
        put_bytes(out, 1, format!("{TYPE_URL_PREFIX}{name}").as_bytes());
        put_nested(out, 2, |out| self.message(at, out))
    }

    fn message(&self, at: usize, out: &mut Vec<u8>) -> Written {
        for field in &*self.registry.message(self.index(at)?).fields {
            let slot = at + field.slot;
            match field.presence {
                Presence::Implicit => self.value(field, slot, false, out)?,
                Presence::Explicit(_) if field.kind.is_record() => self.value(field, slot, false, out)?,
                Presence::Explicit(_) if self.slot(slot) == 0 => {}
                Presence::Explicit(_) => self.value(field, slot + 1, true, out)?,
                Presence::Repeated => self.each(slot, out, |at, out| self.value(field, at, true, out))?,
                Presence::Packed if self.slot(slot) == 0 => {}
                Presence::Packed => put_nested(out, field.number, |out| {
                    self.each(slot, out, |at, out| {
                        self.number(field.kind, at).put(out);
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
        write: impl Fn(usize, &mut Vec<u8>) -> Written,
    ) -> Written {
        let mut element = self.place(slot + 1);
        for _ in 0..self.slot(slot) {
            write(element + 1, out)?;
            element = self.place(element);
        }
        Ok(())
    }

    /// Writes one value with its key; without `always`, a default is left out.
    fn value(&self, field: &Field, at: usize, always: bool, out: &mut Vec<u8>) -> Written {
        let number = field.number;
        match field.kind {
            Kind::String | Kind::Bytes => {
                let bytes = if field.kind == Kind::String {
                    self.tape.string(at).into_bytes()
                } else {
                    self.bytes(at).to_vec()
                };
                if always || !bytes.is_empty() {
                    put_bytes(out, number, &bytes);
                }
            }
            Kind::Message(_) | Kind::Any => {
                let record = self.place(at);
                if record != 0 {
                    put_nested(out, number, |out| match field.kind {
                        Kind::Any => self.any(record, out),
                        _ => self.message(record, out),
                    })?;
                }
            }
            kind => {
                let value = self.number(kind, at);
                if always || !value.is_default() {
                    put_key(out, number, value.wire_type());
                    value.put(out);
                }
            }
        }
        Ok(())
    }

    /// A number as it goes onto the wire.
    fn number(&self, kind: Kind, at: usize) -> Number {
        match kind {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Number::Eight(self.u64_at(at)),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Number::Four(self.slot(at) as u32),
            Kind::Int64 | Kind::Uint64 => Number::Varint(self.u64_at(at)),
            Kind::Sint64 => {
                let bits = self.u64_at(at);
                Number::Varint(bits << 1 ^ (bits as i64 >> 63) as u64)
            }
            Kind::Sint32 => {
                let number = self.slot(at);
                Number::Varint(u64::from((number << 1 ^ number >> 31) as u32))
            }
            // A negative number is written sign-extended to 64 bits.
            Kind::Int32 | Kind::Enum(_) => Number::Varint(i64::from(self.slot(at)) as u64),
            _ => Number::Varint(u64::from(self.slot(at) as u32)),
        }
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
