//! What the operator says of queues and variables.

use std::time::Duration;

use serde::Deserialize;
use tera_protocol::topic::Kind;

use super::{Pattern, parsed_list};
use crate::bus::QueuePolicy;

/// Longest name of a variable, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// What the gateways' own keys and topics begin with.
const OWN: &str = "tera-gateway.";

/// How a queue deals with its jobs.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// How long a consumer may be without its connection, or its gateway gone, before its jobs go to others, in seconds; 30.
    /// At most a day.
    pub ack_timeout_seconds: u32,
    /// How often a job is handed out before it goes to the queue `<name>.dead`; 5.
    pub max_attempts: u32,
    /// Jobs in the queue, those that are handed out included; 10 000. More are refused. Of as many dead ones the oldest goes.
    pub max_jobs: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self { ack_timeout_seconds: 30, max_attempts: 5, max_jobs: 10_000 }
    }
}

impl Queue {
    pub(crate) fn policy(&self) -> QueuePolicy {
        QueuePolicy {
            ack_timeout: Duration::from_secs(self.ack_timeout_seconds.into()),
            max_attempts: self.max_attempts,
            max_jobs: self.max_jobs,
        }
    }

    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        const DAY: u32 = 24 * 3600;
        if name.parse::<Pattern>().ok().and_then(|pattern| pattern.topic().map(|_| ())).is_none() {
            return Err(format!("{name:?} can't be the name of a queue"));
        }
        if self.ack_timeout_seconds == 0 || self.ack_timeout_seconds > DAY {
            return Err(format!("queues.{name:?}.ack_timeout_seconds must be 1 to {DAY}"));
        }
        if self.max_attempts == 0 || self.max_jobs == 0 {
            return Err(format!("queues.{name:?} must allow 1 attempt and 1 job at least"));
        }
        Ok(())
    }
}

/// A variable, which is a plain key of the deployment's Redis. One that is not declared does not exist for clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What it holds, for people.
    pub documentation: String,
    /// Kinds of identities that may read and watch it, besides its writers; none.
    #[serde(default, deserialize_with = "parsed_list")]
    pub readers: Vec<Kind>,
    /// Kinds of identities of which one may hold it: who writes it first, until that one clears it or it expires; none.
    #[serde(default, deserialize_with = "parsed_list")]
    pub writers: Vec<Kind>,
}

impl Variable {
    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.starts_with(OWN) {
            return Err(format!("{name:?} can't be the name of a variable"));
        }
        if self.documentation.trim().is_empty() {
            return Err(format!("variables.{name:?}.documentation must say what it holds"));
        }
        Ok(())
    }
}
