//! Text that JavaScript makes one string of, to slice it.

use tera_wire::buffer::lengthen;

/// Strings, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    used: usize,
}

impl Text {
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Adds a string; if `ASCII`, only one that is. It copies eight bytes at a time, the last eight perhaps twice: for a short
    /// string, a bulk operation of WebAssembly's takes longer.
    #[inline(always)]
    pub(super) fn push<const ASCII: bool>(&mut self, bytes: &[u8]) -> bool {
        let to = self.room(bytes.len());
        if let (Some(last), Some(to_last)) = (bytes.last_chunk(), to.last_chunk_mut()) {
            if ASCII && !is_ascii(last) {
                return false;
            }
            *to_last = *last;
            for (to, eight) in to.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
                if ASCII && !is_ascii(eight) {
                    return false;
                }
                *to = *eight;
            }
        } else {
            for (to, byte) in to.iter_mut().zip(bytes) {
                if ASCII && !byte.is_ascii() {
                    return false;
                }
                *to = *byte;
            }
        }
        self.used += bytes.len();
        true
    }

    /// Where so many bytes are to be written.
    #[inline(always)]
    fn room(&mut self, length: usize) -> &mut [u8] {
        let end = self.used + length;
        if end > self.bytes.len() {
            self.grow(end);
        }
        &mut self.bytes[self.used..end]
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        lengthen(&mut self.bytes, (end * 2).max(1024));
    }
}

/// Whether these bytes are all ASCII, looked at as one number.
#[inline]
pub(super) fn is_ascii(bytes: &[u8; 8]) -> bool {
    u64::from_le_bytes(*bytes) & 0x8080_8080_8080_8080 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ascii_is_added_and_what_is_not_leaves_no_trace() {
        let mut text = Text::default();
        let mut expected = Vec::new();
        for length in 0..100 {
            let mut string = vec![b'a' + length % 26; usize::from(length)];
            assert!(text.push::<true>(&string), "{length}");
            expected.extend_from_slice(&string);
            for at in 0..string.len() {
                string[at] |= 0x80;
                assert!(!text.push::<true>(&string), "{length} {at}");
                string[at] &= 0x7f;
            }
            assert_eq!(text.bytes(), expected);
            string.fill(0xff);
            assert!(text.push::<false>(&string), "{length}");
            expected.extend_from_slice(&string);
            assert_eq!(text.bytes(), expected);
        }
        text.clear();
        assert_eq!(text.len(), 0);
    }
}
