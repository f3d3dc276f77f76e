//! Why a question has no reply.

use std::fmt;

use serde::de::DeserializeOwned;
use tera_protocol::error::{ErrorCode, TeraError};
use tera_signals::{ErrorReply, Reply};

use crate::json;

/// Why a question has no reply. As a [`TeraError`], an [`ErrorReply`] is a `remote_error` with its description and help.
#[derive(Clone, Debug, PartialEq)]
pub enum Unanswered {
    /// The one asked could not deal with it.
    Refused(Box<ErrorReply>),
    /// No answer came, or none that can be read.
    Failed(TeraError),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reply) => write!(f, "{} ({})", reply.description, reply.code),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unanswered {}

impl From<TeraError> for Unanswered {
    fn from(error: TeraError) -> Self {
        Self::Failed(error)
    }
}

impl From<Unanswered> for TeraError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(reply) => {
                let ErrorReply { description, help, .. } = *reply;
                Self::new(ErrorCode::RemoteError, description).with_help(help.unwrap_or_default())
            }
            Unanswered::Failed(error) => error,
        }
    }
}

/// The answer to a question.
pub(super) fn read<R: DeserializeOwned>(json: &str) -> Result<Reply<R>, Unanswered> {
    match json::read(json) {
        Ok(refusal) => Err(Unanswered::Refused(Box::new(refusal))),
        Err(_) => Ok(json::read(json)?),
    }
}
