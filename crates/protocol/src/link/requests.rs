//! The requests under way: each has a deadline and settles exactly once.

use std::time::Duration;

use super::frame::{Outcome, encode_with};
use crate::{
    error::{ErrorCode, TeraError},
    time::Timestamp,
    writer::{put_bytes, put_nested, put_number},
};

/// Names a request within its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What a request brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The bytes of a `TeraModuleMessage`.
    Message(Vec<u8>),
    /// A call's return value as JSON text.
    Json(String),
}

/// Every request under way, oldest first. A list, because there are few and a map is a lot of code in the SDK.
#[derive(Debug, Default)]
pub(super) struct Requests {
    under_way: Vec<(RequestId, Timestamp)>,
    last_id: u64,
}

impl Requests {
    /// Takes a new request in; at most `limit` can be under way.
    pub(super) fn begin(&mut self, deadline: Timestamp, limit: usize) -> Result<RequestId, TeraError> {
        if self.under_way.len() >= limit {
            return Err(TeraError::new(ErrorCode::QueueFull, "Too many requests are under way already.")
                .with_help("Wait for some of them, or raise `maxInFlight`."));
        }
        self.last_id += 1;
        let id = RequestId(self.last_id);
        self.under_way.push((id, deadline));
        Ok(id)
    }

    /// Takes a request out; false if it has settled already, as late and duplicate replies find it.
    pub(super) fn settle(&mut self, id: RequestId) -> bool {
        let position = self.under_way.iter().position(|&(each, _)| each == id);
        position.map(|position| self.under_way.remove(position)).is_some()
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.under_way.iter().map(|&(_, deadline)| deadline).min()
    }

    /// Takes out one request whose deadline has come.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<RequestId> {
        let position = self.under_way.iter().position(|&(_, deadline)| deadline <= now)?;
        Some(self.under_way.remove(position).0)
    }

    /// Takes out one request.
    pub(super) fn take_any(&mut self) -> Option<RequestId> {
        (!self.under_way.is_empty()).then(|| self.under_way.remove(0).0)
    }
}

/// The answer or error that a reply holds, no longer borrowed.
pub(super) fn answer(outcome: Outcome<'_>) -> Result<Answer, TeraError> {
    match outcome {
        Outcome::Message(bytes) => Ok(Answer::Message(bytes.to_vec())),
        Outcome::Json(text) => Ok(Answer::Json(text.to_owned())),
        Outcome::Error(error) => Err(error),
    }
}

/// A `TeraModuleMessage` to `dest`; `body` holds its data, encoded as a `TeraModuleMessage` without a head.
fn put_module_message(out: &mut Vec<u8>, dest: &str, body: &[u8]) {
    let mut head = Vec::with_capacity(dest.len() + 4);
    put_number(&mut head, 1, 1);
    put_bytes(&mut head, 5, dest.as_bytes());
    put_bytes(out, 1, &head);
    out.extend_from_slice(body);
}

/// The frame of a message that no answer is asked for.
pub(super) fn message_frame(dest: &str, body: &[u8]) -> Vec<u8> {
    encode_with("type.googleapis.com/opentera.protobuf.TeraModuleMessage", |out| {
        put_module_message(out, dest, body);
    })
}

/// What a request asks for.
pub(super) enum Operation<'a> {
    Message { dest: &'a str, body: &'a [u8] },
    Call { target: &'a str, rpc: &'a [u8] },
}

/// The frame of a request.
pub(super) fn request_frame(id: RequestId, timeout: Duration, operation: &Operation<'_>) -> Vec<u8> {
    encode_with("/tera.link.v1.Request", |out| {
        put_number(out, 1, id.0);
        put_number(out, 2, timeout.as_millis().min(u128::from(u32::MAX)) as u64);
        let written: Result<(), std::convert::Infallible> = match operation {
            Operation::Message { dest, body } => put_nested(out, 3, |out| {
                put_module_message(out, dest, body);
                Ok(())
            }),
            Operation::Call { target, rpc } => put_nested(out, 4, |out| {
                put_bytes(out, 1, target.as_bytes());
                put_bytes(out, 2, rpc);
                Ok(())
            }),
        };
        match written {
            Ok(()) => {}
        }
    })
}

/// The frame that says that nobody waits for a request any more.
pub(super) fn cancel_frame(id: RequestId) -> Vec<u8> {
    encode_with("/tera.link.v1.Cancel", |out| put_number(out, 1, id.0))
}
