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

    /// Adds a string if it is ASCII. It copies eight bytes at a time, the last eight perhaps twice: for a short string, a bulk
    /// operation of WebAssembly's takes longer.
    #[inline(always)]
    pub(super) fn push_ascii(&mut self, bytes: &[u8]) -> bool {
        let to = self.room(bytes.len());
        if let (Some(last), Some(to_last)) = (bytes.last_chunk(), to.last_chunk_mut()) {
            if word(last) & HIGH != 0 {
                return false;
            }
            *to_last = *last;
            for (to, eight) in to.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
                if word(eight) & HIGH != 0 {
                    return false;
                }
                *to = *eight;
            }
        } else {
            for (to, byte) in to.iter_mut().zip(bytes) {
                if !byte.is_ascii() {
                    return false;
                }
                *to = *byte;
            }
        }
        self.used += bytes.len();
        true
    }

    /// Adds a string of UTF-8, and returns how many UTF-16 units it takes: each character one, and two if it takes four bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        let to = self.room(bytes.len());
        let (eights, rest) = bytes.as_chunks();
        let mut units = bytes.len();
        let mut count = |word| units = units - goes_on(word) + begins_two(word);
        if let (Some(last), Some(to_last)) = (bytes.last_chunk(), to.last_chunk_mut()) {
            *to_last = *last;
            // Of these eight, the ones in no other eight are the high ones.
            if !rest.is_empty() {
                count(word(last) >> (64 - 8 * rest.len()));
            }
        } else {
            for (to, byte) in to.iter_mut().zip(rest) {
                *to = *byte;
                count(u64::from(*byte));
            }
        }
        for (to, eight) in to.as_chunks_mut().0.iter_mut().zip(eights) {
            *to = *eight;
            count(word(eight));
        }
        self.used += bytes.len();
        units
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
        self.bytes.resize((end * 2).max(1024), 0);
    }
}

/// The highest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline]
fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes)
}

/// How many of these bytes go on with a character: 10xxxxxx.
#[inline]
fn goes_on(word: u64) -> usize {
    (word & !(word << 1) & HIGH).count_ones() as usize
}

/// How many begin one of four bytes: 11110xxx.
#[inline]
fn begins_two(word: u64) -> usize {
    (word & word << 1 & word << 2 & word << 3 & HIGH).count_ones() as usize
}
