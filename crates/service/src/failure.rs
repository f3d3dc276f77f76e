//! How a method says why it has no response.

use std::fmt;

use crate::{Failure, server::LONGEST_CALL};

impl Failure {
    /// A failure with a code of the service's own, and a sentence that says how and where it went wrong.
    pub fn new(code: impl Into<String>, description: impl Into<String>) -> Self {
        Self { code: code.into(), description: description.into(), help: String::new() }
    }

    /// The same with a sentence that says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) fn unknown_method(name: &str) -> Self {
        Self::new("unknown_method", format!("the service has no method `{name}`"))
            .with_help("Generate the client and the server from the same contract.")
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn busy() -> Self {
        Self::new("busy", "the service has as many calls under way as it takes").with_help("Try again later.")
    }

    pub(crate) fn timeout() -> Self {
        let longest = LONGEST_CALL.as_secs();
        Self::new(
            "timeout",
            format!(
                "the method took longer than its caller waits, or than the {longest} seconds that a service gives it"
            ),
        )
        .with_help("What takes longer can be a stream.")
    }

    pub(crate) fn internal() -> Self {
        Self::new("internal", "the method failed in a way that it was not written for")
            .with_help("The service's log says more.")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.description, self.code)
    }
}

impl std::error::Error for Failure {}
