//! Errors sorted by fault: what the other side did wrong is a [`DecodeError`]; what an application meets is a
//! [`TeraError`] with a stable [`ErrorCode`].

use std::{borrow::Cow, fmt, ops::Deref};

pub use crate::link::messages::ErrorCode;
pub use tera_wire::error::DecodeError;

/// What an application meets: [`Details`], in one word, because errors travel through much that seldom is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeraError(Box<Details>);

/// What a [`TeraError`] says: a stable code, what happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
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
        Self::from(Details { code, description: description.into(), help: Cow::Borrowed("") })
    }

    /// The same error with a sentence that says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.0.help = help.into();
        self
    }

    /// The same error with another code.
    #[must_use]
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// The same error with another description.
    #[must_use]
    pub(crate) fn with_description(mut self, description: String) -> Self {
        self.0.description = description.into();
        self
    }

    /// What it says, to be taken apart.
    #[must_use]
    pub fn into_details(self) -> Details {
        *self.0
    }
}

impl From<Details> for TeraError {
    fn from(details: Details) -> Self {
        Self(Box::new(details))
    }
}

impl Deref for TeraError {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl fmt::Display for TeraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)?;
        if self.help.is_empty() {
            return Ok(());
        }
        // The help is a sentence of its own, whoever wrote the description.
        f.write_str(if self.description.ends_with(['.', '!', '?']) { " " } else { ". " })?;
        f.write_str(&self.help)
    }
}

impl std::error::Error for TeraError {}

impl From<crate::link::messages::Error> for TeraError {
    fn from(error: crate::link::messages::Error) -> Self {
        Self::new(error.code(), error.description).with_help(error.help)
    }
}

impl From<TeraError> for crate::link::messages::Error {
    fn from(error: TeraError) -> Self {
        let Details { code, description, help } = error.into_details();
        Self { code: code.into(), description: description.into_owned(), help: help.into_owned() }
    }
}

impl From<DecodeError> for TeraError {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorCode::InvalidMessage, error.reason())
    }
}

/// The parts as one text. `concat` makes the same with twice the code.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// The number as text; the SDK carries no other formatting of numbers.
pub(crate) fn decimal(number: usize) -> String {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let before = if number < 10 { String::new() } else { decimal(number / 10) };
    before + DIGITS[number % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_a_sentence_of_its_own() {
        let error = |description| TeraError::new(ErrorCode::Unreachable, description);
        for (description, with_help) in [
            ("nobody is there", "nobody is there. Wait."),
            ("It is gone.", "It is gone. Wait."),
            ("No!", "No! Wait."),
        ] {
            assert_eq!(error(description).to_string(), description);
            assert_eq!(error(description).with_help("Wait.").to_string(), with_help);
        }
    }
}
