//! Errors sorted by fault: what the other side did wrong is a [`DecodeError`]; what an application meets is a
//! [`TeraError`] with a stable [`ErrorCode`].

use std::{borrow::Cow, fmt};

pub use crate::link::messages::ErrorCode;

/// Bytes or text from the other side that can't be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    reason: Cow<'static, str>,
}

impl DecodeError {
    pub(crate) const BAD_FIELD_NUMBER: Self = Self::fixed("a field number is 0 or above 536870911");
    pub(crate) const BAD_WIRE_TYPE: Self = Self::fixed("a field's wire type is not the one its type has");
    pub(crate) const BAD_VARINT: Self = Self::fixed("a varint is longer than 64 bits");
    pub(crate) const BAD_UTF8: Self = Self::fixed("a string is not UTF-8");
    pub(crate) const TRUNCATED: Self = Self::fixed("the bytes end inside a field");
    pub(crate) const TOO_DEEP: Self = Self::fixed("messages are nested too deep");
    pub(crate) const TOO_MANY: Self = Self::fixed("a frame holds too many values");

    pub(crate) const fn fixed(reason: &'static str) -> Self {
        Self { reason: Cow::Borrowed(reason) }
    }

    /// An error with a sentence that says what is wrong.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DecodeError {}

impl From<prost::DecodeError> for DecodeError {
    fn from(error: prost::DecodeError) -> Self {
        Self::new(error.to_string())
    }
}

/// What an application meets: a stable code, what happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeraError {
    /// Stable across versions; decide on this.
    pub code: ErrorCode,
    /// How and where it went wrong. For people, not for programs.
    pub description: Cow<'static, str>,
    /// What to do about it; may be empty.
    pub help: Cow<'static, str>,
}

impl TeraError {
    /// An error without advice; add it with [`with_help`](Self::with_help).
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into(), help: Cow::Borrowed("") }
    }

    /// The same error with a sentence that says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for TeraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)?;
        if !self.help.is_empty() {
            f.write_str(" ")?;
            f.write_str(&self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for TeraError {}

impl From<crate::link::messages::Error> for TeraError {
    fn from(error: crate::link::messages::Error) -> Self {
        Self { code: error.code(), description: error.description.into(), help: error.help.into() }
    }
}

impl From<TeraError> for crate::link::messages::Error {
    fn from(error: TeraError) -> Self {
        Self {
            code: error.code.into(),
            description: error.description.into_owned(),
            help: error.help.into_owned(),
        }
    }
}

impl From<DecodeError> for TeraError {
    fn from(error: DecodeError) -> Self {
        Self { code: ErrorCode::InvalidMessage, description: error.reason, help: Cow::Borrowed("") }
    }
}
