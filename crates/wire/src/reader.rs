//! Reads the protobuf wire format without copying.
//!
//! This is the borrowed walk under the hot path. It knows fields, not messages; prost decodes where a Rust type is
//! wanted. Source: the protobuf encoding specification.

use crate::{error::DecodeError, schema::Kind};

/// A cursor over the fields of one message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// The value of one field, still in its wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: a string, bytes, a message or packed numbers.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

/// Deepest nesting of groups that are skipped; groups are unknown fields here.
const MAX_GROUP_DEPTH: usize = 16;

impl<'a> Reader<'a> {
    /// A cursor at the start of a message's bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field's number and value; `None` at the end. Groups are skipped.
    ///
    /// # Errors
    ///
    /// Bytes that are no protobuf message. The cursor must not be used afterwards.
    #[inline(never)]
    pub fn field(&mut self) -> Result<Option<(u32, Value<'a>)>, DecodeError> {
        // Fast path: a field below 16 with a length, which most are.
        if let Some(&key @ 8..0x80) = self.rest.first()
            && key & 7 == 2
            && let Some((value, rest)) = short_bytes(self.rest)
        {
            self.rest = rest;
            return Ok(Some((u32::from(key >> 3), Value::Bytes(value))));
        }
        while !self.rest.is_empty() {
            let (number, wire_type) = self.key()?;
            match wire_type {
                3 => self.skip_group(number)?,
                _ => return Ok(Some((number, self.value(wire_type)?))),
            }
        }
        Ok(None)
    }

    fn key(&mut self) -> Result<(u32, u8), DecodeError> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).unwrap_or(0);
        if number == 0 || number >= 1 << 29 {
            return Err(DecodeError::BAD_FIELD_NUMBER);
        }
        Ok((number, (key & 7) as u8))
    }

    fn value(&mut self, wire_type: u8) -> Result<Value<'a>, DecodeError> {
        Ok(match wire_type {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(DecodeError::BAD_WIRE_TYPE),
        })
    }

    /// Reads one base-128 number of at most ten bytes.
    ///
    /// # Errors
    ///
    /// The number is cut off or longer than 64 bits.
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        if let Some((&first, rest)) = self.rest.split_first()
            && first < 0x80
        {
            self.rest = rest;
            return Ok(u64::from(first));
        }
        self.long_varint()
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, DecodeError> {
        let mut number = 0;
        let mut shift = 0;
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            if shift == 63 && byte > 1 {
                return Err(DecodeError::BAD_VARINT);
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
        Err(DecodeError::TRUNCATED)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::TRUNCATED)?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::TRUNCATED)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Skips a group up to its end mark, nested groups included, without recursion.
    fn skip_group(&mut self, number: u32) -> Result<(), DecodeError> {
        let mut open = [number; MAX_GROUP_DEPTH];
        let mut innermost = 0;
        loop {
            let (number, wire_type) = self.key()?;
            match wire_type {
                3 => {
                    innermost += 1;
                    *open.get_mut(innermost).ok_or(DecodeError::TOO_DEEP)? = number;
                }
                4 if innermost == 0 && number == open[0] => return Ok(()),
                4 if number == open[innermost] => innermost -= 1,
                _ => _ = self.value(wire_type)?,
            }
        }
    }

    /// The next number of a run in which numbers of this kind stand without keys.
    ///
    /// # Errors
    ///
    /// The run ends inside a number, or a varint is longer than 64 bits.
    pub fn packed(&mut self, kind: Kind) -> Result<Value<'a>, DecodeError> {
        self.value(match kind {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => 1,
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => 5,
            _ => 0,
        })
    }

    /// How many bytes are still to be read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// True when every field was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The type URL of nearly all that servers send: to know it at once takes less than to see that it is text. Where an
/// [`AnyRef`] was decoded that has this URL, it is this very one.
pub static TERA_EVENT_URL: &str = "type.googleapis.com/opentera.protobuf.TeraEvent";

/// The two fields of a `google.protobuf.Any`, borrowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnyRef<'a> {
    /// The type URL as it stands on the wire.
    pub type_url: &'a str,
    /// The message's bytes.
    pub value: &'a [u8],
}

impl<'a> AnyRef<'a> {
    /// Reads the two fields; of repeated ones the last counts.
    ///
    /// # Errors
    ///
    /// Bytes that are no Any, or a type URL that is no UTF-8.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut any = Self::default();
        let mut reader = Reader::new(bytes);
        while let Some(field) = reader.field()? {
            match field {
                (1, Value::Bytes(url)) if same(url, TERA_EVENT_URL.as_bytes()) => {
                    any.type_url = TERA_EVENT_URL
                }
                (1, Value::Bytes(url)) => any.type_url = text(url)?,
                (2, Value::Bytes(value)) => any.value = value,
                (1 | 2, _) => return Err(DecodeError::BAD_WIRE_TYPE),
                _ => {}
            }
        }
        Ok(any)
    }
}

/// The value of a field of bytes whose key takes one byte, and what is behind it, if its length takes two bytes at most. Whose
/// field it is the caller has seen.
#[inline]
#[must_use]
pub fn short_bytes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, low], rest) = bytes.split_first_chunk()?;
    if low < 0x80 {
        return rest.split_at_checked(usize::from(low));
    }
    let (&high, rest) = rest.split_first()?;
    if high >= 0x80 {
        return None;
    }
    rest.split_at_checked(usize::from(low & 0x7f) | usize::from(high) << 7)
}

/// Whether the bytes are equal, eight at a time, the last eight perhaps twice: a call that compares memory takes longer for so
/// few. It is for names; less than eight bytes are never equal.
#[inline]
#[must_use]
pub fn same(known: &[u8], bytes: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    known.len() == bytes.len()
        && known.len() >= 8
        && known.last_chunk().map(word) == bytes.last_chunk().map(word)
        && known
            .as_chunks()
            .0
            .iter()
            .zip(bytes.as_chunks().0)
            .all(|(known, bytes)| word(known) == word(bytes))
}

/// The bytes as text.
///
/// # Errors
///
/// Bytes that are no UTF-8.
#[inline(never)]
pub fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    // `from_utf8` does the same in seven hundred bytes more, and is no faster for texts as short as these.
    match bytes.utf8_chunks().next() {
        None => Ok(""),
        Some(chunk) if chunk.invalid().is_empty() => Ok(chunk.valid()),
        Some(_) => Err(DecodeError::BAD_UTF8),
    }
}

/// The bytes as text of its own.
///
/// # Errors
///
/// Bytes that are no UTF-8.
pub fn string(bytes: &[u8]) -> Result<String, DecodeError> {
    text(bytes).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_if_every_byte_is() {
        let name = TERA_EVENT_URL.as_bytes();
        assert!(same(name, name));
        assert!(!same(name, &name[..name.len() - 1]));
        for at in 0..name.len() {
            let mut other = name.to_vec();
            other[at] ^= 1;
            assert!(!same(name, &other), "byte {at}");
        }
        assert!(!same(b"short", b"other"));
    }

    #[test]
    fn a_field_of_each_wire_type_is_read() {
        let bytes = [8, 150, 1, 17, 1, 0, 0, 0, 0, 0, 0, 0, 26, 2, b'h', b'i', 37, 2, 0, 0, 0];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.field(), Ok(Some((1, Value::Varint(150)))));
        assert_eq!(reader.field(), Ok(Some((2, Value::Fixed64(1)))));
        assert_eq!(reader.field(), Ok(Some((3, Value::Bytes(b"hi")))));
        assert_eq!(reader.field(), Ok(Some((4, Value::Fixed32(2)))));
        assert_eq!(reader.field(), Ok(None));
    }

    #[test]
    fn the_largest_varint_has_ten_bytes_and_an_eleventh_is_refused() {
        let largest = [[0xff; 9].as_slice(), &[1]].concat();
        assert_eq!(Reader::new(&largest).varint(), Ok(u64::MAX));
        assert_eq!(
            Reader::new(&[[0xff; 9].as_slice(), &[2]].concat()).varint(),
            Err(DecodeError::BAD_VARINT)
        );
        assert_eq!(
            Reader::new(&[[0xff; 10].as_slice(), &[1]].concat()).varint(),
            Err(DecodeError::BAD_VARINT)
        );
        assert_eq!(Reader::new(&[0xff; 3]).varint(), Err(DecodeError::TRUNCATED));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let lying = [26, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(Reader::new(&lying).field(), Err(DecodeError::TRUNCATED));
    }

    #[test]
    fn field_number_zero_and_unknown_wire_types_are_refused() {
        assert_eq!(Reader::new(&[0, 1]).field(), Err(DecodeError::BAD_FIELD_NUMBER));
        assert_eq!(Reader::new(&[14]).field(), Err(DecodeError::BAD_WIRE_TYPE));
        assert_eq!(Reader::new(&[12]).field(), Err(DecodeError::BAD_WIRE_TYPE));
    }

    #[test]
    fn groups_are_skipped_and_their_nesting_is_bounded() {
        let mut reader = Reader::new(&[11, 8, 1, 19, 20, 12, 16, 7]);
        assert_eq!(reader.field(), Ok(Some((2, Value::Varint(7)))));
        // One of the same number in it, and one that ends as another.
        assert_eq!(Reader::new(&[11, 11, 12, 8, 1, 12, 16, 7]).field(), Ok(Some((2, Value::Varint(7)))));
        assert_eq!(Reader::new(&[11, 19, 12, 20, 12]).field(), Err(DecodeError::BAD_WIRE_TYPE));
        assert_eq!(Reader::new(&[11; 10_000]).field(), Err(DecodeError::TOO_DEEP));
    }
}
