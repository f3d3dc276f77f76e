//! The gateway's side of the link as a state machine: one client's session, which outlives the client's sockets.
//!
//! It has no socket, no bus, no clock and no randomness. Frames, answers and the time go in; frames, publications and
//! the next deadline come out. It does not subscribe: which messages a client gets is the gateway's business, which
//! hands them in as finished frames. What comes before a session is known is in [`welcome`] and [`Hello`]; which session
//! a client goes on with, [`Sessions`] knows.

mod access;
mod downstream;
mod gaps;
mod handshake;
mod limits;
mod receive;
mod registry;
mod replay;
mod requests;
#[cfg(test)]
mod tests;
mod transmit;
mod upstream;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use prost::Name;
use prost_types::Any;

pub use access::{Access, MAX_RECIPIENTS, TargetPattern, check_no_command, forbidden, unreachable};
pub use handshake::{Hello, Token, welcome};
pub use limits::Limits;
pub use registry::{Kept, SessionId, Sessions};

use self::{handshake::milliseconds, replay::Replay, requests::Requests};
use super::{
    bucket::Bucket,
    frame::{encode, number},
    inbound::Inbound,
    liveness::Liveness,
    messages::{self, CloseCode},
};
use crate::{
    any::type_name,
    error::{ErrorCode, TeraError},
    opentera::RpcMessage,
    time::Timestamp,
    topic::Identity,
};

/// The target of calls that the gateway answers itself.
const GATEWAY: &str = "gateway";
/// Version of OpenTera's message format.
pub const MESSAGE_VERSION: u32 = 1;
/// Messages beside the numbered ones that may wait for the socket.
const MAX_CONTROL: usize = 64;
/// A reconnect window that has grown by less, in milliseconds, is not told: a client's own is 500.
const LEAST_GROWTH: u32 = 128;
/// The websocket close codes of RFC 6455 for an end that is going away or restarts.
const GOING_AWAY: u16 = 1001;
const RESTART: u16 = 1012;

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

/// The number by which an answer finds its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Correlation {
    /// The `head.seq` of a message.
    Message(u32),
    /// The `id` of a call.
    Call(u64),
    /// The client's own id of a request that asks for an [`Operation`]; it is never retired.
    Operation(u64),
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
    /// The number of the message that it is of, if nobody waits for an answer; 0 otherwise.
    pub number: u64,
    /// Where to.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// The request that this is; `None` for a message sent one way.
    pub request: Option<Correlation>,
}

/// Something that the gateway does for a client, as the client wrote it: nothing in it is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A call of the gateway itself: a method and its arguments.
    Command(RpcMessage),
    /// Hand in, from now on, what is published on the topics that this pattern covers.
    Subscribe(String),
    /// Don't, from now on.
    Unsubscribe(String),
    /// Publish a message.
    Publish {
        /// Where to.
        topic: String,
        /// What.
        message: Any,
    },
}

/// What the session wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// The client has the newest token: pass that on to [`Sessions::confirm`].
    Confirmed,
    /// Publish this on the bus, in order.
    Publish(Publication),
    /// Do this, in order, and tell how it went through [`Session::handle_operation`] with this number.
    Operate(u64, Operation),
    /// Send this signal, in order with the operations, and tell how it went through [`Session::handle_signal`]. It is a text
    /// as the client wrote it: nothing in it is checked.
    Signal(String),
    /// No answer with this number is expected any more.
    Retire(Correlation),
    /// Nobody waits any more for the operation with this number: if it has not begun, it need not.
    Abandon(u64),
    /// Close the socket, if there is one, after the frames of [`Session::poll_frame`].
    Close {
        /// A websocket close code.
        code: u16,
        /// A short sentence.
        reason: &'static str,
        /// True: the session is over and nothing follows. False: it waits for its client to come back.
        is_over: bool,
    },
}

/// Whether the client is there.
///
/// ```text
///              attach()           first frame
///  detached ────────────▶ fresh ─────────────▶ attached
///     ▲                     │                     │
///     └─ socket closed, slow, flood, silence, ◀───┘
///        goodbye()
///  any ── close code 1000, protocol violation, end() ──▶ over
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// There is no socket; what is for the client is kept.
    Detached,
    /// There is one, and nothing has come on it.
    Fresh,
    /// The client has shown that it knows its newest token.
    Attached,
    /// Nothing happens any more.
    Over,
}

/// One client's session.
///
/// After every call of a `handle_*` method, drain [`poll_output`](Self::poll_output), send what
/// [`poll_message`](Self::poll_message) gives as the socket takes it, then wait until
/// [`poll_timeout`](Self::poll_timeout) at most. Timestamps count from the Unix epoch. Only the newest socket's frames may be fed.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    address: String,
    presence: Presence,
    requests: Requests,
    bucket: Bucket,
    /// Publications and signals handed out and not yet reported back.
    publishing: usize,
    /// How many publications of a message that nobody waits for are left, by its number. It is acknowledged when all are
    /// reported back: until then it is lost with this session, and its client shall know.
    sends: BTreeMap<u64, usize>,
    /// The last acknowledgement was of less than what was received.
    withheld: bool,
    inbound: Inbound,
    replay: Replay,
    liveness: Liveness,
    /// How far the client was told to spread, in milliseconds, when it comes back.
    reconnect_window: u32,
    /// Frames for this socket that are not numbered. At most [`MAX_CONTROL`], and one more when it is closed for that.
    control: VecDeque<Vec<u8>>,
    /// True once the Session has been taken for this socket.
    is_answered: bool,
    /// Whether the client takes batches on this socket.
    batches: bool,
    outputs: VecDeque<Output>,
}

impl Session {
    /// Opens a session, which waits for its client.
    #[must_use]
    pub fn open(now: Timestamp, setup: Setup) -> Self {
        let limits = &setup.limits;
        Self {
            address: setup.identity.address(),
            presence: Presence::Detached,
            requests: Requests::default(),
            bucket: Bucket::full(now, limits.messages_per_second, limits.burst),
            publishing: 0,
            sends: BTreeMap::new(),
            withheld: false,
            inbound: Inbound::default(),
            replay: Replay::new(limits),
            liveness: Liveness::start(now, limits.heartbeat),
            reconnect_window: 0,
            control: VecDeque::new(),
            is_answered: false,
            batches: false,
            outputs: VecDeque::new(),
            setup,
        }
    }

    /// The client is there, on a new socket, and gets this token. `received` is what its [`Hello`] says if it goes on
    /// with this session, and `None` if it got a new one. A socket of before is to be closed with `CLOSE_REPLACED`.
    ///
    /// Returns what the client is told will never come, of what was handed in; some of it perhaps not for the first time.
    pub fn attach(&mut self, now: Timestamp, token: Token, received: Option<u64>) -> Vec<messages::Missing> {
        if self.presence == Presence::Over {
            return Vec::new();
        }
        self.leave(now);
        self.control.clear();
        self.outputs.retain(|output| !matches!(output, Output::Close { .. } | Output::Confirmed));
        let Some(missing) = self.replay.attach(now, received.unwrap_or(0)) else {
            self.violate("the client has received what was never sent");
            return Vec::new();
        };
        self.presence = Presence::Fresh;
        (self.is_answered, self.batches) = (false, false);
        self.liveness = Liveness::start(now, self.setup.limits.heartbeat);
        let session = messages::Session {
            token: token.0.to_vec(),
            resumed: received.is_some(),
            received: self.acknowledged(),
            retention_ms: milliseconds(self.setup.limits.retention),
        };
        self.control.push_back(encode(&session));
        missing
    }

    /// How far clients shall spread that lose the gateway without a goodbye. A client that is attached is told, in place of what
    /// its [`welcome`] said, when that has become much more.
    pub fn set_reconnect_window(&mut self, now: Timestamp, window: Duration) {
        let (window, told) = (milliseconds(window), self.reconnect_window);
        if !self.is_attached() {
            self.reconnect_window = window;
        } else if window >= told.saturating_add((told / 4).max(LEAST_GROWTH)) {
            self.reconnect_window = window;
            self.control(now, &messages::Pong { id: 0, reconnect_window_ms: window });
        }
    }

    /// The socket is closed, with this code if the client closed it: 1000 ends the session.
    pub fn handle_closed(&mut self, now: Timestamp, code: Option<u16>) {
        if code == Some(1000) && self.is_attached() {
            return self.end(1000, "the client has ended the session");
        }
        self.leave(now);
        self.control.clear();
    }

    /// Asks the client to come back in a moment drawn from this range, and closes; the session is kept.
    pub fn goodbye(&mut self, now: Timestamp, least: Duration, most: Duration) {
        if self.is_attached() {
            let goodbye = messages::Goodbye {
                retry_after_min_ms: milliseconds(least),
                retry_after_max_ms: milliseconds(most),
                ..Default::default()
            };
            self.control(now, &goodbye);
            self.disconnect(now, RESTART, "the gateway restarts");
        }
    }

    /// Ends the session for a reason outside it.
    pub fn end(&mut self, code: u16, reason: &'static str) {
        if self.presence == Presence::Over {
            return;
        }
        while let Some(correlation) = self.requests.take_any() {
            self.retire(correlation);
        }
        self.presence = Presence::Over;
        self.outputs.push_back(Output::Close { code, reason, is_over: true });
    }

    /// True while there is a socket.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        matches!(self.presence, Presence::Fresh | Presence::Attached)
    }

    /// True once the session is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.presence, Presence::Over)
    }

    /// How much the session holds for its client: messages that it has not acknowledged or that wait for its socket, and
    /// the bytes of their frames.
    #[must_use]
    pub fn buffered(&self) -> (usize, usize) {
        let (messages, bytes) = self.replay.held();
        (messages + self.control.len(), bytes + self.control.iter().map(Vec::len).sum::<usize>())
    }

    /// What to do next; `None` until there is new input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` if time changes nothing.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let socket = self.is_attached().then(|| self.liveness.next());
        let ack = self.inbound.next_ack().filter(|_| self.is_attached());
        [self.requests.next_deadline(), socket, ack].into_iter().flatten().min()
    }

    /// There is no socket any more.
    fn leave(&mut self, now: Timestamp) {
        if self.is_attached() {
            self.presence = Presence::Detached;
            self.inbound.detach();
            self.replay.trim(now);
        }
    }

    /// Closes the socket and keeps the session.
    fn disconnect(&mut self, now: Timestamp, code: u16, reason: &'static str) {
        if self.is_attached() {
            self.leave(now);
            self.outputs.push_back(Output::Close { code, reason, is_over: false });
        }
    }

    fn violate(&mut self, reason: &'static str) {
        self.end(close_code(CloseCode::CloseProtocolViolation), reason);
    }

    fn slow(&mut self, now: Timestamp) {
        self.disconnect(now, close_code(CloseCode::CloseSlowConsumer), "the client reads too slowly");
    }

    /// Sends a message that is not numbered, with an acknowledgement. A client that lets too many of them wait is cut.
    fn control<M: Name>(&mut self, now: Timestamp, message: &M) {
        let ack = self.acknowledge();
        self.control.push_back(number(&encode(message), 0, ack));
        if self.control.len() > MAX_CONTROL {
            self.slow(now);
        }
    }

    /// The number to acknowledge, with a message that goes out now.
    fn acknowledge(&mut self) -> u64 {
        let received = self.inbound.acknowledge();
        let acknowledged = self.acknowledged();
        self.withheld = acknowledged < received;
        acknowledged
    }

    /// All up to this number is received, and done if nobody waits for it.
    fn acknowledged(&self) -> u64 {
        self.sends.keys().next().map_or_else(|| self.inbound.received(), |first| first - 1)
    }

    fn abandon(&mut self, correlation: Correlation) {
        if let Correlation::Operation(id) = correlation {
            self.outputs.push_back(Output::Abandon(id));
        }
    }

    fn retire(&mut self, correlation: Correlation) {
        if !matches!(correlation, Correlation::Operation(_)) {
            self.outputs.push_back(Output::Retire(correlation));
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

fn queue_full(what: &str) -> TeraError {
    TeraError::new(ErrorCode::QueueFull, format!("too many {what}"))
        .with_help("Wait for earlier ones, or raise the limit in the gateway's configuration.")
}
