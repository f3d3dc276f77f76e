//! Strings seen lately: JavaScript has them already, so that of most events few strings are made, or none.
//!
//! What an application hears of comes again and again: the same devices and users, their names, their states. A string
//! is looked up by its bytes, and if it is known, the tape has its place here, where JavaScript keeps the string itself.

use tera_wire::{error::DecodeError, reader::text};

/// Places for a string each, a power of two.
const PLACES: usize = 512;

/// Most whole words of a string that is known.
const WORDS: usize = 11;

/// Most strings that are kept for one payload.
const FRESH: usize = 32;

/// The golden ratio's part behind the point, in 64 bits.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// The strings that are known, each at a place that follows from its bytes.
///
/// A string takes the place of another one when it has come in an earlier payload, as the first of those without a place
/// of their own there, and neither the other one nor a third has since. So a string that is on the tape stays, one that never comes
/// again takes nobody's place, and two in turn don't drive each other out.
#[derive(Debug)]
pub(super) struct Strings {
    places: Vec<Place>,
    /// Which payload this is.
    payload: u64,
    fresh: [[i32; 3]; FRESH],
    count: usize,
}

/// A string, and what may come in its place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    words: [u64; WORDS],
    /// The string's last eight bytes, or all if there are fewer.
    tail: u64,
    /// A hash with the string's length in the lowest byte; 0 if nothing is here.
    key: u64,
    /// The key of the string that was missed here since this one came last, and the last payload in which one was.
    missed: u64,
    payload: u64,
}

impl Default for Strings {
    fn default() -> Self {
        Self { places: vec![Place::default(); PLACES], payload: 0, fresh: [[0; 3]; FRESH], count: 0 }
    }
}

impl Strings {
    /// Begins another payload.
    pub(super) fn begin(&mut self) {
        self.payload += 1;
        self.count = 0;
    }

    /// Each string that was kept for this payload: its place, its address, which is in the payload, and its length.
    pub(super) fn fresh(&self) -> &[[i32; 3]] {
        &self.fresh[..self.count]
    }

    /// The place of a string of the payload, if it is known or is from now on.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        let (words, _) = bytes.as_chunks();
        let tail = match bytes.last_chunk() {
            Some(last) => u64::from_le_bytes(*last),
            None => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        if bytes.is_empty() || words.len() > WORDS {
            return Ok(None);
        }
        let mut factor = MIX;
        let mut hash = tail.wrapping_mul(factor);
        for word in words {
            factor = factor.rotate_left(7);
            hash = hash.wrapping_add(u64::from_le_bytes(*word).wrapping_mul(factor));
        }
        let key = hash << 8 | bytes.len() as u64;
        let at = (hash >> (64 - PLACES.ilog2())) as usize;
        let place = &mut self.places[at];
        if place.key == key
            && place.tail == tail
            && words.iter().zip(&place.words).all(|(word, known)| u64::from_le_bytes(*word) == *known)
        {
            place.missed = 0;
            return Ok(Some(at));
        }
        if place.payload == self.payload {
            return Ok(None);
        }
        if place.missed != key {
            place.missed = key;
            place.payload = self.payload;
            return Ok(None);
        }
        let Some(fresh) = self.fresh.get_mut(self.count) else { return Ok(None) };
        text(bytes)?;
        for (word, known) in words.iter().zip(&mut place.words) {
            *known = u64::from_le_bytes(*word);
        }
        place.tail = tail;
        place.key = key;
        place.missed = 0;
        *fresh = [at as i32, bytes.as_ptr().addr() as i32, bytes.len() as i32];
        self.count += 1;
        Ok(Some(at))
    }

    /// The string at a place, put together again.
    pub(super) fn get(&self, at: usize) -> Vec<u8> {
        let place = &self.places[at];
        let length = (place.key & 0xff) as usize;
        let mut bytes =
            place.words[..length / 8].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let tail = if length < 8 { place.tail.to_be_bytes() } else { place.tail.to_le_bytes() };
        bytes.extend_from_slice(&tail[8 - length % 8..]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Gives the strings of one payload and returns the places of those that are known.
    fn payload(strings: &mut Strings, texts: &[&str]) -> Vec<Option<usize>> {
        strings.begin();
        texts.iter().map(|text| strings.find(text.as_bytes()).unwrap()).collect()
    }

    fn text(strings: &Strings, at: usize) -> String {
        String::from_utf8(strings.get(at)).unwrap()
    }

    #[test]
    fn a_string_is_kept_when_it_comes_in_a_second_payload() {
        for string in ["a", "1234567", "12345678", "é日本😀", &"x".repeat(95)] {
            let mut strings = Strings::default();
            assert_eq!(payload(&mut strings, &[string, string]), [None, None]);
            let again = payload(&mut strings, &[string, string]);
            let at = again[0].unwrap();
            assert_eq!(again, [Some(at); 2]);
            assert_eq!((strings.fresh()[0][0], strings.fresh()[0][2]), (at as i32, string.len() as i32));
            assert_eq!(strings.fresh().len(), 1);
            assert_eq!(payload(&mut strings, &[string]), [Some(at)]);
            assert!(strings.fresh().is_empty());
            assert_eq!(text(&strings, at), string);
        }
    }

    #[test]
    fn what_is_empty_or_too_long_is_never_kept_and_what_is_not_utf_8_an_error() {
        let mut strings = Strings::default();
        for _ in 0..3 {
            assert_eq!(payload(&mut strings, &["", &"x".repeat(96)]), [None, None]);
        }
        assert_eq!(strings.find(&[0xff; 20]), Ok(None));
        strings.begin();
        assert_eq!(strings.find(&[0xff; 20]), Err(DecodeError::BAD_UTF8));
        strings.begin();
        assert_eq!(strings.find(&[0xff; 20]), Err(DecodeError::BAD_UTF8));
    }

    #[test]
    fn strings_that_differ_in_one_bit_are_others() {
        for length in [1, 7, 8, 9, 16, 36, 95] {
            let bytes = vec![b'x'; length];
            for at in 0..length {
                let mut strings = Strings::default();
                for _ in 0..3 {
                    strings.begin();
                    strings.find(&bytes).unwrap();
                }
                let mut other = bytes.clone();
                other[at] ^= 1;
                assert_eq!(strings.find(&other), Ok(None), "{length} {at}");
                // Nor is one that begins alike.
                assert_eq!(strings.find(&bytes[..length - 1]), Ok(None), "{length}");
            }
        }
    }

    /// Two strings whose place is the same.
    fn rivals() -> [String; 2] {
        let mut seen = HashMap::new();
        for number in 0.. {
            let string = format!("string {number}");
            let mut strings = Strings::default();
            payload(&mut strings, &[&string]);
            let at = payload(&mut strings, &[&string])[0].unwrap();
            if let Some(other) = seen.insert(at, string.clone()) {
                return [other, string];
            }
        }
        unreachable!("there are more strings than places");
    }

    #[test]
    fn a_string_is_driven_out_only_when_it_does_not_come_in_between() {
        let [first, second] = &rivals();
        let mut strings = Strings::default();
        payload(&mut strings, &[first]);
        let at = payload(&mut strings, &[first])[0];
        for _ in 0..3 {
            assert_eq!(payload(&mut strings, &[second, first]), [None, at]);
        }
        assert_eq!(payload(&mut strings, &[second]), [None]);
        assert_eq!(payload(&mut strings, &[second, first]), [at, None]);
    }

    #[test]
    fn what_is_on_the_tape_keeps_its_place() {
        let [first, second] = &rivals();
        let mut strings = Strings::default();
        payload(&mut strings, &[first]);
        let at = payload(&mut strings, &[first])[0];
        assert_eq!(payload(&mut strings, &[first, second, second]), [at, None, None]);
        // Nor is what was kept for this payload driven out in it.
        assert_eq!(payload(&mut strings, &[second, first, first]), [at, None, None]);
        assert_eq!(text(&strings, at.unwrap()), *second);
    }

    #[test]
    fn of_two_that_come_together_the_first_is_kept() {
        let [first, second] = &rivals();
        let mut strings = Strings::default();
        assert_eq!(payload(&mut strings, &[first, second]), [None, None]);
        let at = payload(&mut strings, &[first, second])[0];
        assert!(at.is_some());
        assert_eq!(payload(&mut strings, &[first, second]), [at, None]);
    }

    #[test]
    fn one_payload_brings_so_many_new_strings_at_most() {
        let texts = (0..100).map(|number| number.to_string()).collect::<Vec<_>>();
        let texts = texts.iter().map(String::as_str).collect::<Vec<_>>();
        let mut strings = Strings::default();
        payload(&mut strings, &texts);
        payload(&mut strings, &texts);
        assert_eq!(strings.fresh().len(), FRESH);
    }
}
