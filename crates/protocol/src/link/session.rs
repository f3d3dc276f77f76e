//! The gateway's side of the link as a state machine: one client's session.
//!
//! It has no socket, no bus, no clock and no randomness. Frames, answers and the time go in; frames, publications and
//! the next deadline come out. It does not subscribe: which events a client gets is the gateway's business, which
//! hands them in as finished frames.

mod access;
mod limits;
mod requests;
#[cfg(test)]
mod tests;
mod upstream;

use std::collections::VecDeque;

use bytes::Bytes;
use prost::{Message as _, Name};

pub use access::{Access, MAX_RECIPIENTS, TargetPattern};
pub use limits::Limits;

use self::{limits::Bucket, requests::Requests};
use super::{
    frame::{ClientFrame, encode},
    messages::{CloseCode, Notice, Reply, Request, Welcome, reply::Outcome, request::Operation},
};
use crate::{
    any::type_name,
    error::{ErrorCode, TeraError},
    opentera::{TeraEvent, TeraModuleMessage},
    time::Timestamp,
    topic::Identity,
};

/// Version of the link protocol.
pub const LINK_VERSION: u32 = 1;
/// Version of OpenTera's message format.
const MESSAGE_VERSION: u32 = 1;

/// Who the client is and what it may do.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who is logged in.
    pub identity: Identity,
    /// Whom it may address.
    pub access: Access,
    /// What it may use up.
    pub limits: Limits,
    /// The topic that replies to calls come back on; nobody else may know it.
    pub reply_channel: String,
}

/// The number by which an answer from the bus finds its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Correlation {
    /// The `head.seq` of a message.
    Message(u32),
    /// The `id` of a call.
    Call(u64),
}

/// Gives out numbers that no other waiting request has. They stay taken until [`Output::Retire`].
pub trait Numbers {
    /// A number for a message, unique among those of this identity; not 0, which means none.
    fn message(&mut self) -> u32;
    /// A number for a call, unique on the reply channel.
    fn call(&mut self) -> u64;
}

/// Something to publish. How that went comes back through [`Session::handle_published`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Where to.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// The request that this is; `None` for a message sent one way.
    pub request: Option<Correlation>,
}

/// What the session wants done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this frame to the client.
    Transmit(Bytes),
    /// Publish this on the bus, in order.
    Publish(Publication),
    /// No answer with this number is expected any more.
    Retire(Correlation),
    /// Close the connection with this code and reason. Nothing follows.
    Close {
        /// A websocket close code.
        code: u16,
        /// A short sentence.
        reason: &'static str,
    },
}

/// One client's session.
///
/// After every call of a `handle_*` method, drain [`poll_output`](Self::poll_output), then wait until
/// [`poll_timeout`](Self::poll_timeout) at most. Timestamps count from the Unix epoch.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    address: String,
    requests: Requests,
    bucket: Bucket,
    /// Publications handed out and not yet reported back.
    publishing: usize,
    outputs: VecDeque<Output>,
    closed: bool,
}

impl Session {
    /// Opens the session: the client is welcomed and told by `greeting` that it is connected.
    #[must_use]
    pub fn open(now: Timestamp, setup: Setup, greeting: &TeraEvent) -> Self {
        let mut session = Self {
            address: setup.identity.address(),
            requests: Requests::default(),
            bucket: Bucket::full(now, &setup.limits),
            publishing: 0,
            outputs: VecDeque::new(),
            closed: false,
            setup,
        };
        session.transmit(&Welcome {
            version: LINK_VERSION,
            address: session.address.clone(),
            max_frame_bytes: session.setup.limits.max_frame_bytes,
        });
        session.transmit(greeting);
        session
    }

    /// Takes what the client sent as a binary message.
    pub fn handle_frame(&mut self, now: Timestamp, frame: &[u8], numbers: &mut dyn Numbers) {
        if !self.charge(now) {
            return;
        }
        match ClientFrame::decode(frame) {
            Ok(ClientFrame::Request(request)) => self.request(now, request, numbers),
            Ok(ClientFrame::Cancel(cancel)) => {
                if let Some(correlation) = self.requests.remove_id(cancel.id) {
                    self.push(Output::Retire(correlation));
                }
            }
            Ok(ClientFrame::Payload(any)) if is::<TeraModuleMessage>(any.type_url) => {
                if let Err(error) = self.send(now, any.value) {
                    self.notice(error);
                }
            }
            Ok(_) => self.notice(
                TeraError::new(
                    ErrorCode::ProtocolViolation,
                    "the gateway can't do anything with this message",
                )
                .with_help("A client sends Request, Cancel and TeraModuleMessage."),
            ),
            Err(error) => self.notice(error.into()),
        }
    }

    /// Takes what the client sent as a text message.
    pub fn handle_text(&mut self, now: Timestamp) {
        if self.charge(now) {
            self.notice(
                TeraError::new(ErrorCode::Unsupported, "the gateway takes no text messages")
                    .with_help("Send binary messages; each is one TeraMessage."),
            );
        }
    }

    /// Counts a websocket ping, which the transport answers.
    pub fn handle_ping(&mut self, now: Timestamp) {
        self.charge(now);
    }

    /// Passes on a finished frame: an event, or a module message that answers no request.
    pub fn handle_delivery(&mut self, frame: Bytes) {
        self.push(Output::Transmit(frame));
    }

    /// Takes the answer to a message. It may come late or twice.
    pub fn handle_answer(&mut self, seq: u32, answer: &[u8]) {
        let Some(request) = self.settle(Correlation::Message(seq)) else { return };
        let outcome = match TeraModuleMessage::decode(answer) {
            Ok(mut message) => {
                message.head.get_or_insert_default().seq = request.seq;
                Outcome::Message(message)
            }
            Err(error) => failure(TeraError::new(ErrorCode::InvalidMessage, error.to_string())),
        };
        self.reply(request.id, outcome);
    }

    /// Takes what a call returned, as JSON text, or why it failed. It may come late or twice.
    pub fn handle_return(&mut self, id: u64, result: Result<String, TeraError>) {
        if let Some(request) = self.settle(Correlation::Call(id)) {
            self.reply(request.id, result.map_or_else(failure, Outcome::Json));
        }
    }

    /// Takes how a publication went: the number of its receivers, or `None` if the bus is lost.
    pub fn handle_published(&mut self, publication: &Publication, receivers: Option<u64>) {
        self.publishing = self.publishing.saturating_sub(1);
        let error = match receivers {
            None => TeraError::new(ErrorCode::Unavailable, "the gateway has lost its message bus")
                .with_help("Try again later."),
            Some(0) => {
                TeraError::new(ErrorCode::Unreachable, format!("nobody listens on {}", publication.topic))
                    .with_help("Check the address, and that the one addressed is running or connected.")
            }
            Some(_) => return,
        };
        match publication.request {
            Some(correlation) => self.fail(correlation, error),
            None => self.notice(error),
        }
    }

    /// Lets time pass: requests whose deadline has come are answered with an error.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        for correlation in self.requests.due(now) {
            let error = TeraError::new(ErrorCode::Timeout, "no answer came within the time given");
            self.fail(correlation, error);
        }
    }

    /// Closes the session for a reason outside it.
    pub fn close(&mut self, code: u16, reason: &'static str) {
        self.push(Output::Close { code, reason });
        self.closed = true;
    }

    /// What to do next; `None` until there is new input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` if time changes nothing.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.requests.next_deadline()
    }

    fn request(&mut self, now: Timestamp, request: Request, numbers: &mut dyn Numbers) {
        let id = request.id;
        if self.requests.contains(id) {
            let description = format!("request {id} is still waiting for its answer");
            self.notice(TeraError::new(ErrorCode::ProtocolViolation, description));
            return;
        }
        if let Err(error) = self.start(now, request, numbers) {
            self.reply(id, failure(error));
        }
    }

    fn start(
        &mut self,
        now: Timestamp,
        request: Request,
        numbers: &mut dyn Numbers,
    ) -> Result<(), TeraError> {
        if self.requests.len() >= self.setup.limits.pending_requests {
            return Err(queue_full("requests wait for their answer"));
        }
        self.make_room(1)?;
        let (publication, correlation, seq) = match request.operation {
            Some(Operation::Message(message)) => self.message(now, message, numbers)?,
            Some(Operation::Call(call)) => self.call(now, call, numbers)?,
            None => return Err(TeraError::new(ErrorCode::InvalidMessage, "the request asks for nothing")),
        };
        let deadline = now.after(self.timeout(request.timeout_ms));
        self.requests.insert(correlation, requests::Request { id: request.id, seq, deadline });
        self.publish(publication);
        Ok(())
    }

    /// False, and the session is over, if the client sends too much.
    fn charge(&mut self, now: Timestamp) -> bool {
        let paid = !self.closed && self.bucket.take(now);
        if !paid {
            self.close(close_code(CloseCode::CloseRateLimited), "too many messages per second");
        }
        paid
    }

    fn settle(&mut self, correlation: Correlation) -> Option<requests::Request> {
        let request = self.requests.remove(correlation)?;
        self.push(Output::Retire(correlation));
        Some(request)
    }

    fn fail(&mut self, correlation: Correlation, error: TeraError) {
        if let Some(request) = self.settle(correlation) {
            self.reply(request.id, failure(error));
        }
    }

    fn reply(&mut self, id: u64, outcome: Outcome) {
        self.transmit(&Reply { id, outcome: Some(outcome) });
    }

    fn notice(&mut self, error: TeraError) {
        self.transmit(&Notice { error: Some(error.into()) });
    }

    fn transmit<M: Name>(&mut self, message: &M) {
        self.push(Output::Transmit(encode(message).into()));
    }

    fn publish(&mut self, publication: Publication) {
        self.publishing += 1;
        self.push(Output::Publish(publication));
    }

    fn push(&mut self, output: Output) {
        if !self.closed {
            self.outputs.push_back(output);
        }
    }
}

/// A close code as the websocket carries it.
#[must_use]
pub const fn close_code(code: CloseCode) -> u16 {
    code as u16
}

fn is<M: Name>(type_url: &str) -> bool {
    type_name(type_url) == M::full_name()
}

fn failure(error: TeraError) -> Outcome {
    Outcome::Error(error.into())
}

fn queue_full(what: &str) -> TeraError {
    TeraError::new(ErrorCode::QueueFull, format!("too many {what}"))
        .with_help("Wait for earlier ones, or raise the limit in the gateway's configuration.")
}
