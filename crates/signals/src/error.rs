//! What is wrong with a signal.

use std::{borrow::Cow, fmt};

/// A text that is no signal, or a signal that can't be sent: a sentence that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalError(Cow<'static, str>);

impl SignalError {
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self(reason.into())
    }

    /// The sentence.
    #[must_use]
    pub fn into_reason(self) -> Cow<'static, str> {
        self.0
    }
}

impl fmt::Display for SignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SignalError {}

impl From<serde_json::Error> for SignalError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("it is no signal: {error}"))
    }
}
