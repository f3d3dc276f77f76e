//! Text that JavaScript makes strings of: all at once, and then it is sliced.

/// Strings as UTF-8, one behind the other.
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

    /// Adds a string if none of its bytes has any of these bits. It copies eight at a time, the last eight perhaps twice: for a
    /// short string, a bulk operation of WebAssembly's takes longer.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8], without: u8) -> bool {
        let end = self.used + bytes.len();
        if end > self.bytes.len() {
            self.grow(end);
        }
        let to = &mut self.bytes[self.used..end];
        let without = u64::from_ne_bytes([without; 8]);
        let has = |word: [u8; 8]| u64::from_ne_bytes(word) & without != 0;
        if let (Some(last), Some(to_last)) = (bytes.last_chunk(), to.last_chunk_mut()) {
            if has(*last) {
                return false;
            }
            *to_last = *last;
            for (to, word) in to.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
                if has(*word) {
                    return false;
                }
                *to = *word;
            }
        } else {
            for (to, byte) in to.iter_mut().zip(bytes) {
                if has([*byte; 8]) {
                    return false;
                }
                *to = *byte;
            }
        }
        self.used = end;
        true
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((end * 2).max(1024), 0);
    }
}

/// How many UTF-16 units a text takes, which is UTF-8: each character one, and two if it takes four bytes.
pub(super) fn units(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks();
    let mut last = [0; 8];
    for (to, byte) in last.iter_mut().zip(rest) {
        *to = *byte;
    }
    let mut units = text.len();
    for word in words.iter().chain([&last]) {
        let bits = u64::from_le_bytes(*word);
        let count = |bits: u64| (bits & ONES).count_ones() as usize;
        // 10xxxxxx goes on with a character, 11110xxx begins one of four bytes.
        units -= count((bits >> 7) & !(bits >> 6));
        units += count((bits >> 7) & (bits >> 6) & (bits >> 5) & (bits >> 4));
    }
    units
}
