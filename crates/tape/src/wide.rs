//! Text beyond ASCII, which JavaScript slices by its UTF-16 units: they are counted while it is checked.

use tera_wire::error::DecodeError;

use super::text::{Text, is_ascii};

/// Strings of UTF-8, one behind the other, and how many UTF-16 units they are.
#[derive(Debug, Default)]
pub(super) struct Wide {
    text: Text,
    units: usize,
}

impl Wide {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.units = 0;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text.bytes()
    }

    /// How many UTF-16 units it is.
    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// Adds a string, if it is UTF-8.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.units += units(bytes).ok_or(DecodeError::BAD_UTF8)?;
        self.text.push::<false>(bytes);
        Ok(())
    }
}

/// How many UTF-16 units these bytes are; `None` if they are not UTF-8, as table 3-7 of the Unicode Standard has it.
fn units(mut bytes: &[u8]) -> Option<usize> {
    let mut units = 0;
    loop {
        // Most of most texts is ASCII.
        while let Some((eight, rest)) = bytes.split_first_chunk()
            && is_ascii(eight)
        {
            bytes = rest;
            units += 8;
        }
        let Some((&first, rest)) = bytes.split_first() else { return Some(units) };
        units += 1;
        bytes = match (first, rest) {
            (0..0x80, rest) | (0xc2..0xe0, [0x80..0xc0, rest @ ..]) => rest,
            (0xe0, [0xa0..0xc0, 0x80..0xc0, rest @ ..])
            | (0xe1..=0xec | 0xee | 0xef, [0x80..0xc0, 0x80..0xc0, rest @ ..])
            | (0xed, [0x80..0xa0, 0x80..0xc0, rest @ ..]) => rest,
            (0xf0, [0x90..0xc0, 0x80..0xc0, 0x80..0xc0, rest @ ..])
            | (0xf1..=0xf3, [0x80..0xc0, 0x80..0xc0, 0x80..0xc0, rest @ ..])
            | (0xf4, [0x80..0x90, 0x80..0xc0, 0x80..0xc0, rest @ ..]) => {
                units += 1;
                rest
            }
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_utf_8_is_as_many_units_as_it_has_in_utf_16_and_what_is_not_is_refused() {
        // The ends of all ranges that bytes are told apart by.
        let bytes =
            b"\0\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
        let count = bytes.len();
        for number in 0..count.pow(4) {
            let digits = [1, count, count.pow(2), count.pow(3)].map(|place| bytes[number / place % count]);
            for text in [&digits[..], &digits[..3], &[b"12345678", &digits[..]].concat()] {
                let expected = str::from_utf8(text).ok().map(|text| text.encode_utf16().count());
                assert_eq!(units(text), expected, "{text:x?}");
            }
        }
    }

    #[test]
    fn a_string_that_is_refused_leaves_nothing_behind() {
        let mut wide = Wide::default();
        assert_eq!(wide.push("日本😀".as_bytes()), Ok(()));
        assert_eq!(wide.push(b"abc\xff"), Err(DecodeError::BAD_UTF8));
        assert_eq!((wide.units(), wide.bytes()), (4, "日本😀".as_bytes()));
    }
}
