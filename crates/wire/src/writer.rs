//! Writes the protobuf wire format where no Rust type stands for the message; the counterpart of [`reader`](crate::reader).

use crate::buffer::append;

/// Appends a field's key: its number and wire type.
pub fn put_key(out: &mut Vec<u8>, number: u32, wire_type: u32) {
    put_varint(out, u64::from(number << 3 | wire_type));
}

/// Appends a string, bytes or an encoded message as a field.
pub fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_length(out, number, bytes.len());
    append(out, bytes);
}

/// Begins a string, bytes or an encoded message of this length.
pub fn put_length(out: &mut Vec<u8>, number: u32, length: usize) {
    put_key(out, number, 2);
    put_varint(out, length as u64);
}

/// How many bytes [`put_bytes`] appends for a field with a number below 16 and a value of this length.
#[must_use]
pub fn bytes_len(length: usize) -> usize {
    let mut all = length + 2;
    let mut rest = length;
    while rest >= 0x80 {
        all += 1;
        rest >>= 7;
    }
    all
}

/// Appends a number as a varint field.
pub fn put_number(out: &mut Vec<u8>, number: u32, value: u64) {
    put_key(out, number, 0);
    put_varint(out, value);
}

/// Appends a base-128 number.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        append(out, &[value as u8 | 0x80]);
        value >>= 7;
    }
    append(out, &[value as u8]);
}

/// Appends what `write` appends, as a field of its own: a nested message.
pub fn put_nested<E>(
    out: &mut Vec<u8>,
    number: u32,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    put_key(out, number, 2);
    let start = out.len();
    append(out, &[0]);
    write(out)?;
    prefix_length(out, start);
    Ok(())
}

/// Replaces the byte at `start` by the length of what follows it, making room where that takes more than a byte.
fn prefix_length(out: &mut Vec<u8>, start: usize) {
    let end = out.len();
    let mut length = end - start - 1;
    let mut extra = 0;
    while length >> (7 * (extra + 1)) != 0 {
        append(out, &[0]);
        extra += 1;
    }
    out.copy_within(start + 1..end, start + 1 + extra);
    for byte in &mut out[start..start + extra] {
        *byte = length as u8 | 0x80;
        length >>= 7;
    }
    out[start + extra] = length as u8;
}
