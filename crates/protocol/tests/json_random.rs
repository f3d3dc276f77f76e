//! The JSON mapping holds for random messages, and hostile text does no harm.

mod support;

use proptest::prelude::*;
use support::Random;
use tera_protocol::{
    json::{to_text, to_wire},
    schema::MESSAGES,
};

proptest! {
    #[test]
    fn a_random_message_is_written_and_read_back_byte_for_byte(seed: u64, index in 0..MESSAGES.len()) {
        let wire = Random(seed).message(index);
        let text = to_text(index, &wire).unwrap();
        prop_assert_eq!(to_wire(index, &text), Ok(wire), "{}", text);
    }

    #[test]
    fn truncated_text_is_refused(seed: u64, index in 0..MESSAGES.len(), cut: prop::sample::Index) {
        let text = to_text(index, &Random(seed).message(index)).unwrap();
        let mut end = cut.index(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert!(to_wire(index, &text[..end]).is_err());
    }

    #[test]
    fn damaged_text_does_no_harm(seed: u64, index in 0..MESSAGES.len(), cut: prop::sample::Index, patch in "[\\[\\]{}\",:\\\\0-9eu+.-]{1,3}") {
        let text = to_text(index, &Random(seed).message(index)).unwrap();
        let mut at = cut.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let damaged = [&text[..at], &patch, &text[at..]].concat();
        if let Ok(wire) = to_wire(index, &damaged) {
            prop_assert!(to_text(index, &wire).is_ok());
        }
    }

    #[test]
    fn random_text_is_refused(text in "[^{]\\PC*|\\{\\PC*[^}]", index in 0..MESSAGES.len()) {
        prop_assume!(!text.trim().ends_with('}') || !text.trim().starts_with('{'));
        prop_assert!(to_wire(index, &text).is_err());
    }

    #[test]
    fn random_bytes_do_no_harm(bytes: Vec<u8>, index in 0..MESSAGES.len()) {
        if let Ok(text) = to_text(index, &bytes) {
            prop_assert!(to_wire(index, &text).is_ok(), "{}", text);
        }
    }
}
