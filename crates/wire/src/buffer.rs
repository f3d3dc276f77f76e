//! What makes buffers longer, compiled once.
//!
//! How a `Vec` grows is generic code: `push` has it once more for each type, and so has each crate that is optimised in a way of
//! its own. In what a page loads, that was a fiftieth of the module.

/// Appends bytes.
#[inline(never)]
pub fn append(buffer: &mut Vec<u8>, bytes: &[u8]) {
    buffer.extend_from_slice(bytes);
}

/// Makes a buffer so long, with zeros.
#[inline(never)]
pub fn lengthen(buffer: &mut Vec<u8>, length: usize) {
    buffer.resize(length, 0);
}

/// Makes a list of slots so long, with zeros.
#[inline(never)]
pub fn lengthen_slots(slots: &mut Vec<i32>, length: usize) {
    slots.resize(length, 0);
}
