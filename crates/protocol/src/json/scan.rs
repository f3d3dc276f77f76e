//! Reads JSON token by token from borrowed text. Knows no messages.

use super::MAX_DEPTH;
use crate::json::JsonError;

/// A cursor over JSON text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Holds the last string that had escapes.
    unescaped: String,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, unescaped: String::new() }
    }

    /// Where the cursor stands, in bytes.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Puts the cursor back to an earlier [`position`](Self::position).
    pub(super) fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    /// The text from an earlier position up to the cursor.
    pub(super) fn since(&self, position: usize) -> &'a str {
        &self.text[position..self.at]
    }

    #[cold]
    pub(super) fn error(&self, expected: &'static str) -> JsonError {
        JsonError::Expected(self.at, expected)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space; the cursor stops before it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn punctuation(&mut self, byte: u8, expected: &'static str) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return Err(self.error(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// The end of the text.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.peek().map_or(Ok(()), |_| Err(self.error("the end")))
    }

    /// The start of an object around which `depth` others are open.
    pub(super) fn open_object(&mut self, depth: usize) -> Result<(), JsonError> {
        self.open(b'{', "an object", depth)
    }

    /// The start of an array around which `depth` objects and arrays are open.
    pub(super) fn open_array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.open(b'[', "an array", depth)
    }

    fn open(&mut self, bracket: u8, expected: &'static str, depth: usize) -> Result<(), JsonError> {
        self.punctuation(bracket, expected)?;
        if depth >= MAX_DEPTH { Err(self.error("no deeper nesting")) } else { Ok(()) }
    }

    /// The next key of an open object; `None` at its end. `first` is true at first.
    pub(super) fn key(&mut self, first: &mut bool) -> Result<Option<&str>, JsonError> {
        if !self.item(first, b'}', "`,` or `}`")? {
            return Ok(None);
        }
        let (start, end) = self.scan_string("a key")?;
        self.punctuation(b':', "`:`")?;
        Ok(Some(self.resolve(start, end)))
    }

    /// Whether another element of an open array follows. `first` is true at first.
    pub(super) fn element(&mut self, first: &mut bool) -> Result<bool, JsonError> {
        self.item(first, b']', "`,` or `]`")
    }

    fn item(&mut self, first: &mut bool, close: u8, expected: &'static str) -> Result<bool, JsonError> {
        if *first {
            *first = false;
            if self.peek() == Some(close) {
                self.at += 1;
                return Ok(false);
            }
            return Ok(true);
        }
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == close => {
                self.at += 1;
                return Ok(false);
            }
            _ => return Err(self.error(expected)),
        }
        Ok(true)
    }

    /// A string's content, unescaped.
    pub(super) fn string(&mut self) -> Result<&str, JsonError> {
        let (start, end) = self.scan_string("a string")?;
        Ok(self.resolve(start, end))
    }

    /// What [`scan_string`](Self::scan_string) found.
    fn resolve(&self, start: usize, end: usize) -> &str {
        if start == end { &self.unescaped } else { &self.text[start..end] }
    }

    /// Reads a string. Gives its range in the text, or an empty range where the content is in `unescaped`.
    fn scan_string(&mut self, expected: &'static str) -> Result<(usize, usize), JsonError> {
        self.punctuation(b'"', expected)?;
        let start = self.at;
        self.at += plain_length(&self.text.as_bytes()[start..]);
        if self.byte() == Some(b'"') && self.at > start {
            self.at += 1;
            return Ok((start, self.at - 1));
        }
        self.unescaped.clear();
        self.unescaped.push_str(&self.text[start..self.at]);
        loop {
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("no control character in a string")),
                None => return Err(self.error("the end of a string")),
            }
            let plain = self.at;
            self.at += plain_length(&self.text.as_bytes()[plain..]);
            self.unescaped.push_str(&self.text[plain..self.at]);
        }
        self.at += 1;
        Ok((0, 0))
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let character = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let character = self.unicode_escape()?;
                self.unescaped.push(character);
                return Ok(());
            }
            _ => return Err(self.error("an escape of JSON")),
        };
        self.at += 1;
        self.unescaped.push(character);
        Ok(())
    }

    /// The character of `\uXXXX` or of a surrogate pair; the cursor stands after the first `\u`.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        const PAIRED: &str = "a surrogate only as half of a pair";
        let first = self.hex()?;
        if !matches!(first, 0xd800..0xdc00) {
            return char::from_u32(first).ok_or_else(|| self.error(PAIRED));
        }
        if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Err(self.error(PAIRED));
        }
        self.at += 2;
        let second = self.hex()?;
        if !matches!(second, 0xdc00..0xe000) {
            return Err(self.error(PAIRED));
        }
        let character = 0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00));
        char::from_u32(character).ok_or_else(|| self.error(PAIRED))
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            number = number << 4 | digit.ok_or_else(|| self.error("four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(number)
    }

    /// A number's text, as JSON's grammar has it.
    pub(super) fn number(&mut self, expected: &'static str) -> Result<&'a str, JsonError> {
        self.peek();
        let start = self.at;
        self.accept(b"-");
        let leading_zero = self.byte() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(self.error(expected));
        }
        if self.accept(b".") && self.digits() == 0 {
            return Err(self.error("a digit"));
        }
        if self.accept(b"eE") {
            self.accept(b"+-");
            if self.digits() == 0 {
                return Err(self.error("a digit"));
            }
        }
        Ok(self.since(start))
    }

    fn accept(&mut self, bytes: &[u8]) -> bool {
        let accepted = self.byte().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(accepted);
        accepted
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Whether the word comes next; if so, it is read.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Reads any value and forgets it; `depth` objects and arrays are open around it.
    pub(super) fn skip(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => {
                self.open_object(depth)?;
                let mut first = true;
                while self.key(&mut first)?.is_some() {
                    self.skip(depth + 1)?;
                }
            }
            Some(b'[') => {
                self.open_array(depth)?;
                let mut first = true;
                while self.element(&mut first)? {
                    self.skip(depth + 1)?;
                }
            }
            Some(b'"') => _ = self.string()?,
            _ if self.word("true") || self.word("false") || self.word("null") => {}
            _ => _ = self.number("a value")?,
        }
        Ok(())
    }
}

/// How many bytes stand before the first quote, backslash or control character. Looks at eight bytes at a time.
fn plain_length(bytes: &[u8]) -> usize {
    let (chunks, _) = bytes.as_chunks::<8>();
    let plain = chunks.iter().take_while(|chunk| !has_special(u64::from_le_bytes(**chunk))).count() * 8;
    let special = |&byte: &u8| byte < b' ' || byte == b'"' || byte == b'\\';
    plain + bytes[plain..].iter().position(special).unwrap_or(bytes.len() - plain)
}

/// Whether one of eight bytes is a quote, a backslash or below a space.
const fn has_special(word: u64) -> bool {
    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW << 7;
    const fn has_zero(word: u64) -> u64 {
        word.wrapping_sub(LOW) & !word & HIGH
    }
    let control = word.wrapping_sub(LOW * b' ' as u64) & !word & HIGH;
    (control | has_zero(word ^ (LOW * b'"' as u64)) | has_zero(word ^ (LOW * b'\\' as u64))) != 0
}
