//! Strings seen lately: JavaScript has them already, so that of most events few strings are made, or none.
//!
//! What an application hears of comes again and again: the same devices and users, their names, their states. A string
//! is looked up by its bytes, and if it is known, the tape has its place here, where JavaScript keeps the string itself. Those
//! of fields that `keys.rs` doesn't name, such as optional ones, are not looked up: that would be the same code once more.

use tera_wire::{error::DecodeError, reader::text};

/// Places for a string each, a power of two. `pkg/src/registry.ts` has as many.
const PLACES: usize = 1024;

/// Most whole words of a string that is known.
const WORDS: usize = 11;

/// Most strings that are kept for one payload.
const FRESH: usize = 32;

/// How many more strings of a payload may be unknown than known before no more are looked up, which takes time.
const CREDIT: u32 = 24;

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
    credit: u32,
    fresh: [[i32; 3]; FRESH],
    count: usize,
}

/// A string, and what may come in its place. What most strings need of it is in one line of the processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Place {
    key: Key,
    words: [u64; WORDS],
    /// The hash of the string that was missed here since this one came last, and the last payload in which one was.
    missed: u64,
    payload: u64,
}

/// What a string is found by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Key {
    /// The place is in the highest bits, the length in the lowest byte; 0 if there is no string, or one that is never kept.
    hash: u64,
    /// The string's last eight bytes, or all if there are fewer.
    tail: u64,
}

impl Key {
    fn place(self) -> usize {
        (self.hash >> (64 - PLACES.ilog2())) as usize
    }
}

impl Default for Strings {
    fn default() -> Self {
        Self {
            places: vec![Place::default(); PLACES],
            payload: 0,
            credit: 0,
            fresh: [[0; 3]; FRESH],
            count: 0,
        }
    }
}

impl Strings {
    /// Begins another payload.
    pub(super) fn begin(&mut self) {
        self.payload += 1;
        self.credit = CREDIT;
        self.count = 0;
    }

    /// Whether the payload's next string is worth a look.
    #[inline]
    pub(super) fn is_useful(&self) -> bool {
        self.credit > 0
    }

    /// Each string that was kept for this payload: its place, its address, which is in the payload, and its length.
    pub(super) fn fresh(&self) -> &[[i32; 3]] {
        &self.fresh[..self.count]
    }

    /// The place of a string, if it is known; otherwise what [`Strings::keep`] is to be given.
    #[inline(always)]
    pub(super) fn find(&mut self, bytes: &[u8]) -> Result<usize, Key> {
        let (words, _) = bytes.as_chunks();
        if bytes.is_empty() || words.len() > WORDS {
            return Err(Key::default());
        }
        let tail = match bytes.last_chunk() {
            Some(last) => u64::from_le_bytes(*last),
            None => {
                let mut word = [0; 8];
                word[..bytes.len()].copy_from_slice(bytes);
                u64::from_le_bytes(word)
            }
        };
        let mut factor = MIX;
        let mut hash = tail.wrapping_mul(factor);
        for word in words {
            factor = factor.rotate_left(7);
            hash = hash.wrapping_add(u64::from_le_bytes(*word).wrapping_mul(factor));
        }
        let key = Key { hash: hash & !0xff | bytes.len() as u64, tail };
        let place = &mut self.places[key.place()];
        let is_known = place.key == key
            && words.iter().zip(&place.words).all(|(word, known)| u64::from_le_bytes(*word) == *known);
        if !is_known {
            return Err(key);
        }
        place.missed = 0;
        self.credit += 1;
        Ok(key.place())
    }

    /// The place of a string of the payload that was not known, if it is from now on.
    pub(super) fn keep(&mut self, bytes: &[u8], key: Key) -> Result<Option<usize>, DecodeError> {
        self.credit -= 1;
        let at = key.place();
        let place = &mut self.places[at];
        if key.hash == 0 || place.payload == self.payload {
            return Ok(None);
        }
        if place.missed != key.hash {
            place.missed = key.hash;
            place.payload = self.payload;
            return Ok(None);
        }
        let Some(fresh) = self.fresh.get_mut(self.count) else { return Ok(None) };
        text(bytes)?;
        for (word, known) in bytes.as_chunks().0.iter().zip(&mut place.words) {
            *known = u64::from_le_bytes(*word);
        }
        place.key = key;
        place.missed = 0;
        *fresh = [at as i32, bytes.as_ptr().addr() as i32, bytes.len() as i32];
        self.count += 1;
        Ok(Some(at))
    }

    /// The string at a place, put together again.
    pub(super) fn get(&self, at: usize) -> Vec<u8> {
        let Place { key, words, .. } = &self.places[at];
        let length = (key.hash & 0xff) as usize;
        let mut bytes = words[..length / 8].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let tail = key.tail.to_le_bytes();
        bytes.extend_from_slice(if length < 8 { &tail[..length] } else { &tail[8 - length % 8..] });
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// The place of a string, if it is known or is from now on.
    fn look_up(strings: &mut Strings, bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        match strings.find(bytes) {
            Ok(place) => Ok(Some(place)),
            Err(key) => strings.keep(bytes, key),
        }
    }

    /// Gives the strings of one payload and returns the places of those that are known.
    fn payload(strings: &mut Strings, texts: &[&str]) -> Vec<Option<usize>> {
        strings.begin();
        texts.iter().map(|text| look_up(strings, text.as_bytes()).unwrap()).collect()
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
        assert_eq!(look_up(&mut strings, &[0xff; 20]), Ok(None));
        strings.begin();
        assert_eq!(look_up(&mut strings, &[0xff; 20]), Err(DecodeError::BAD_UTF8));
        strings.begin();
        assert_eq!(look_up(&mut strings, &[0xff; 20]), Err(DecodeError::BAD_UTF8));
    }

    #[test]
    fn strings_that_differ_in_one_bit_are_others() {
        for length in [1, 7, 8, 9, 16, 36, 95] {
            let bytes = vec![b'x'; length];
            for at in 0..length {
                let mut strings = Strings::default();
                for _ in 0..3 {
                    strings.begin();
                    look_up(&mut strings, &bytes).unwrap();
                }
                let mut other = bytes.clone();
                other[at] ^= 1;
                assert!(strings.find(&other).is_err(), "{length} {at}");
                // Nor is one that begins alike.
                assert!(strings.find(&bytes[..length - 1]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn strings_with_the_same_key_are_others() {
        let string = [b'x'; 24];
        let mut strings = Strings::default();
        strings.begin();
        let key = strings.find(&string).unwrap_err();
        strings.keep(&string, key).unwrap();
        payload(&mut strings, &[str::from_utf8(&string).unwrap()]);
        // What the second word adds to the hash, the first one takes away.
        let factor = MIX.rotate_left(7);
        let inverse = (0..6)
            .fold(1_u64, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(factor.wrapping_mul(inverse))));
        let x = u64::from_le_bytes([b'x'; 8]);
        let first = x.wrapping_sub(MIX.rotate_left(14).wrapping_mul(inverse));
        let other = [first, x + 1, x].map(u64::to_le_bytes).concat();
        assert!(strings.find(&string).is_ok());
        assert_eq!(strings.find(&other), Err(key));
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
        // Known ones among them earn the credit that new ones take.
        let texts = texts.iter().flat_map(|text| ["known", text]).collect::<Vec<_>>();
        let mut strings = Strings::default();
        payload(&mut strings, &texts[..1]);
        payload(&mut strings, &texts[..1]);
        payload(&mut strings, &texts);
        payload(&mut strings, &texts);
        assert_eq!(strings.fresh().len(), FRESH);
    }

    #[test]
    fn no_more_are_looked_up_when_many_are_unknown() {
        let texts = (0..u64::from(CREDIT)).map(|number| number.to_string()).collect::<Vec<_>>();
        let texts = texts.iter().map(String::as_str).collect::<Vec<_>>();
        let mut strings = Strings::default();
        payload(&mut strings, &texts[1..]);
        assert!(strings.is_useful());
        payload(&mut strings, &texts);
        assert!(!strings.is_useful());
        // What was kept is known in the next one, and earns credit.
        payload(&mut strings, &texts);
        assert!(strings.is_useful());
    }
}
