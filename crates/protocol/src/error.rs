//! Errors sorted by fault: what the other side did wrong is a [`DecodeError`]; what an application meets is a
//! [`TeraError`] with a stable [`ErrorCode`].

use std::{borrow::Cow, fmt};

pub use crate::link::messages::ErrorCode;
pub use tera_wire::error::DecodeError;

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
        Self { code: ErrorCode::InvalidMessage, description: error.into_reason(), help: Cow::Borrowed("") }
    }
}
