//! The requests under way, each with a deadline, and the bytes of what a client sends.

use std::time::Duration;

use super::frame::{Outcome, encode_parts};
use crate::{
    error::{ErrorCode, TeraError},
    time::{Timestamp, millis},
    writer::{bytes_len, put_bytes, put_length, put_number},
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
    /// It is done: subscribed, unsubscribed or published.
    Done,
}

/// What the end of a request means beyond itself. The number is the operation's field in a Request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Message = 3,
    Call = 4,
    Subscribe = 5,
    Unsubscribe = 6,
    Publish = 7,
}

/// Every request under way, oldest first. A list, because there are few and a map is a lot of code in the SDK.
#[derive(Debug, Default)]
pub(super) struct Requests {
    under_way: Vec<(RequestId, Timestamp, Operation)>,
    last_id: u64,
    /// Not later than the earliest deadline; it stays when that request settles, so that no reply takes a search.
    next_deadline: Option<Timestamp>,
}

impl Requests {
    /// An id that no other request has.
    pub(super) fn next_id(&mut self) -> RequestId {
        self.last_id += 1;
        RequestId(self.last_id)
    }

    pub(super) fn insert(&mut self, id: RequestId, deadline: Timestamp, operation: Operation) {
        self.under_way.push((id, deadline, operation));
        self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
    }

    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn contains(&self, id: RequestId) -> bool {
        self.under_way.iter().any(|each| each.0 == id)
    }

    /// Takes a request out; `None` if it has settled already, as late and duplicate replies find it.
    pub(super) fn settle(&mut self, id: RequestId) -> Option<Operation> {
        self.take(|each, _| each == id).map(|(_, operation)| operation)
    }

    /// Takes out the first request for which this holds.
    pub(super) fn take(
        &mut self,
        mut which: impl FnMut(RequestId, Operation) -> bool,
    ) -> Option<(RequestId, Operation)> {
        let position = self.under_way.iter().position(|each| which(each.0, each.2))?;
        let (id, _, operation) = self.under_way.remove(position);
        if self.under_way.is_empty() {
            self.next_deadline = None;
        }
        Some((id, operation))
    }

    /// Takes out one request whose deadline has come.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<(RequestId, Operation)> {
        if self.next_deadline.is_none_or(|deadline| deadline > now) {
            return None;
        }
        let expired =
            self.under_way.iter().position(|each| each.1 <= now).map(|at| self.under_way.remove(at));
        self.next_deadline = self.under_way.iter().map(|each| each.1).min();
        expired.map(|(id, _, operation)| (id, operation))
    }

    pub(super) const fn next_deadline(&self) -> Option<Timestamp> {
        self.next_deadline
    }
}

/// The answer or error that a reply holds, no longer borrowed.
pub(super) fn answer(outcome: Outcome<'_>) -> Result<Answer, TeraError> {
    match outcome {
        Outcome::Message(bytes) => Ok(Answer::Message(bytes.to_vec())),
        Outcome::Json(text) => Ok(Answer::Json(text.to_owned())),
        Outcome::Done => Ok(Answer::Done),
        Outcome::Error(error) => Err(error),
    }
}

/// What a `TeraModuleMessage` to `dest` begins with: its head. The data follow.
fn module_head(dest: &str) -> Vec<u8> {
    let length = 2 + bytes_len(dest.len());
    let mut head = Vec::with_capacity(bytes_len(length));
    put_length(&mut head, 1, length);
    put_number(&mut head, 1, 1);
    put_bytes(&mut head, 5, dest.as_bytes());
    head
}

/// What a Call or a Publish begins with: a text. A message of this length follows. Subscribe and Unsubscribe have only the text.
fn pair_head(text: &str, length: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(text.len() + 12);
    put_bytes(&mut head, 1, text.as_bytes());
    if length > 0 {
        put_length(&mut head, 2, length);
    }
    head
}

/// The frame of a message that no answer is asked for. `body` holds its data, encoded as a `TeraModuleMessage` without a head.
pub(super) fn message_frame(dest: &str, body: &[u8]) -> Vec<u8> {
    encode_parts("type.googleapis.com/opentera.protobuf.TeraModuleMessage", &module_head(dest), body)
}

/// The frame of a request: `body` goes to `to`, which is an address, a topic or a pattern.
pub(super) fn request_frame(
    id: RequestId,
    timeout: Duration,
    operation: Operation,
    to: &str,
    body: &[u8],
) -> Vec<u8> {
    let head = if operation == Operation::Message { module_head(to) } else { pair_head(to, body.len()) };
    let mut request = Vec::with_capacity(head.len() + 24);
    put_number(&mut request, 1, id.0);
    put_number(&mut request, 2, millis(timeout).min(u32::MAX.into()));
    put_length(&mut request, operation as u32, head.len() + body.len());
    request.extend_from_slice(&head);
    encode_parts("/tera.link.v1.Request", &request, body)
}

/// The frame of a request that the gateway need not time out: it is the connection's own, or the client keeps its deadline.
pub(super) fn operation_frame(id: RequestId, operation: Operation, pattern: &str) -> Vec<u8> {
    request_frame(id, Duration::MAX, operation, pattern, &[])
}

/// The frame of a message of the link whose only field is a number.
pub(super) fn number_frame(type_url: &str, number: u64) -> Vec<u8> {
    let mut message = Vec::with_capacity(11);
    put_number(&mut message, 1, number);
    encode_parts(type_url, &message, &[])
}

/// The frame that answers a Welcome. Without a token it is always the same one, which `pkg/src/greeting.ts` has too.
pub(super) fn hello_frame(token: &[u8], received: u64) -> Vec<u8> {
    let mut hello = Vec::with_capacity(token.len() + 12);
    if !token.is_empty() {
        put_bytes(&mut hello, 1, token);
        put_number(&mut hello, 2, received);
    }
    put_number(&mut hello, 3, 1);
    encode_parts("/tera.link.v1.Hello", &hello, &[])
}

/// Too many of something.
pub(super) fn queue_full() -> TeraError {
    TeraError::new(ErrorCode::QueueFull, "Too much waits to be sent or answered already.")
        .with_help("Wait for some of it, or raise `maxInFlight` or `maxQueued`.")
}
