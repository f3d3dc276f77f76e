//! What is wrong with bytes that can't be decoded.

use std::fmt;

/// Bytes from the other side that can't be decoded. It owns nothing, so that passing it on takes no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// A reference to it, so that the error is a single number.
    reason: &'static &'static str,
}

impl DecodeError {
    /// A field number outside the range that protobuf allows.
    pub const BAD_FIELD_NUMBER: Self = Self::fixed(&"a field number is 0 or above 536870911");
    /// A wire type that the type of the field does not have.
    pub const BAD_WIRE_TYPE: Self = Self::fixed(&"a field's wire type is not the one its type has");
    /// A varint of more than 64 bits.
    pub const BAD_VARINT: Self = Self::fixed(&"a varint is longer than 64 bits");
    /// A string that is no UTF-8.
    pub const BAD_UTF8: Self = Self::fixed(&"a string is not UTF-8");
    /// Bytes that end inside a field.
    pub const TRUNCATED: Self = Self::fixed(&"the bytes end inside a field");
    /// Nesting beyond the limit.
    pub const TOO_DEEP: Self = Self::fixed(&"messages are nested too deep");
    /// More values than a tape holds.
    pub const TOO_MANY: Self = Self::fixed(&"a frame holds too many values");

    /// An error with a sentence that is known at compile time.
    #[must_use]
    pub const fn fixed(reason: &'static &'static str) -> Self {
        Self { reason }
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for DecodeError {}

impl From<prost::DecodeError> for DecodeError {
    fn from(_: prost::DecodeError) -> Self {
        Self::fixed(&"the message is malformed")
    }
}
