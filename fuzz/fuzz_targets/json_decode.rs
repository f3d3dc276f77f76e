//! JSON to wire bytes and wire bytes to JSON: what one direction wrote the other reads, and gives back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tera_protocol::{
    json::{decode_tera_message, to_text, to_wire},
    schema::{MESSAGES, TERA_MESSAGE},
};

/// Reads what was written, writes it again, and holds one against the other.
fn check(index: usize, wire: &[u8], text: &str) {
    let read = to_wire(index, text).expect("what was written can be read");
    let written = to_text(index, &read).expect("what was read can be written");
    assert_eq!(written, text, "from {wire:?}");
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let index = usize::from(first >> 1);
    if index >= MESSAGES.len() {
        return;
    }
    if first & 1 == 1 {
        if let Ok(text) = to_text(index, rest) {
            check(index, rest, &text);
        }
    } else if let Ok(text) = std::str::from_utf8(rest)
        && let Ok(wire) = to_wire(index, text)
    {
        check(index, &wire, &to_text(index, &wire).expect("what was read can be written"));
        if index == TERA_MESSAGE {
            decode_tera_message(text).expect("what is read is a message");
        }
    }
});
