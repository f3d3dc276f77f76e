//! What is wrong with JSON text that can't be turned into a message.

use std::fmt;

use crate::error::{DecodeError, ErrorCode, TeraError};

/// Text that can't be read as the JSON of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// At this byte something else was expected.
    Expected(usize, &'static str),
    /// What the text stands for can't be a message.
    Invalid(DecodeError),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(at, what) => write!(f, "at byte {at} of the JSON text: expected {what}"),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JsonError {}

impl<E: Into<DecodeError>> From<E> for JsonError {
    fn from(error: E) -> Self {
        Self::Invalid(error.into())
    }
}

impl From<JsonError> for TeraError {
    fn from(error: JsonError) -> Self {
        Self::new(ErrorCode::InvalidMessage, error.to_string())
    }
}
