//! What goes into the client's state machine and what comes out of it.

use std::time::Duration;

use super::{Answer, RequestId};
use crate::{error::TeraError, reader::AnyRef, time::Timestamp};

/// Limits and delays of a connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a request waits for its answer unless it says otherwise. Default 10 s.
    pub request_timeout: Duration,
    /// How long an attempt to connect may take, from asking for the URL to the end of the handshake. Default 10 s.
    pub connect_timeout: Duration,
    /// Window of the first delay before connecting again, unless the gateway asks for a longer one; it doubles each
    /// time, and from the fourth on a delay is at least half its window. Default 500 ms.
    pub retry_base: Duration,
    /// Longest delay before connecting again. Default 45 s, which keeps every client whose attempts are accepted and
    /// then cut below 25 attempts in 5 minutes.
    pub retry_cap: Duration,
    /// Most requests under way at once; one more is refused. Default 256.
    pub max_in_flight: usize,
    /// Largest message delivered, in bytes; a larger one is dropped with a warning, unless it is an answer or what the gateway
    /// calls the client for. Default 16 MiB.
    pub max_frame_bytes: usize,
    /// Most messages that wait to be sent or acknowledged. Default 1024.
    pub max_queued: usize,
    /// Most bytes that wait to be sent or acknowledged; an empty queue takes a message of any size. Default 4 MiB.
    pub max_queued_bytes: usize,
    /// What happens to a message too many.
    pub overflow: Overflow,
    /// Silence after which the link is probed; `None` is what the gateway says, or 4 s. A link that stays silent for
    /// twice this and a second is lost.
    pub heartbeat: Option<Duration>,
    /// Seed of the back-off's jitter; must differ from client to client.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            retry_base: Duration::from_millis(500),
            retry_cap: Duration::from_secs(45),
            max_in_flight: 256,
            max_frame_bytes: 16 << 20,
            max_queued: 1024,
            max_queued_bytes: 4 << 20,
            overflow: Overflow::Reject,
            heartbeat: None,
            seed: 0,
        }
    }
}

/// What happens when the queue of outgoing messages is full. What was transmitted once is never dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The new one is refused with `queue_full`.
    #[default]
    Reject,
    /// The oldest that was never transmitted makes room; if it is a request, it settles with `queue_full`.
    DropOldest,
    /// The new one is dropped; if it is a request, it is refused with `queue_full`.
    DropNewest,
}

/// What kind of server is at the other end, found from what it says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The gateway; `address` is the client's own, such as `websocket.user.<uuid>`.
    Link {
        /// What the gateway writes as the source of this client's messages.
        address: String,
    },
    /// An OpenTera server, which only sends.
    Plain,
}

/// Where the connection stands.
///
/// ```text
///  connecting ──handshake done──▶ connected
///   │      ▲                         │
///   │      └──retry── disconnected ◀─┘ lost, suspended, the server broke the protocol
///   │ first attempt failed  │            │
///   └──────────▶ closed ◀───┴────────────┘ close(), drain(), forced logout, refused login, final goodbye
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// An attempt is under way: up to a plain server's first message, or to the gateway's `Session`.
    Connecting,
    /// Messages flow.
    Connected {
        /// What kind of server it is.
        mode: Mode,
        /// True if the session of before goes on: nothing is missing but what gaps name.
        resumed: bool,
    },
    /// The connection is lost. What is sent meanwhile waits.
    Disconnected {
        /// Why.
        error: TeraError,
        /// When the next attempt starts; `None`: not before [`Input::Online`] or [`Input::Wake`].
        retry_at: Option<Timestamp>,
    },
    /// Over for good: `closed` if the application asked for it, otherwise why.
    Closed(TeraError),
}

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// The socket is open.
    Opened,
    /// The socket is closed or never opened, with the close frame's code and reason; 1006 if there was none.
    Closed(u16, String),
    /// No URL could be had, or it can't be used. With `unauthorized` or `logged_out` there is no further attempt.
    DialFailed(TeraError),
    /// The server sent the text [`NOT_ALLOWED`](super::NOT_ALLOWED).
    NotAllowed,
    /// The moment that [`Connection::poll_timeout`](super::Connection::poll_timeout) named has come. That a timer fires
    /// late, as in hidden tabs, is noticed from `now`.
    TimedOut,
    /// The machine or the page may have slept: `resume`, `pageshow`, `visibilitychange` or a clock that jumped.
    Wake,
    /// The system says that there is no network.
    Offline,
    /// The system says that there is a network again.
    Online,
}

/// What the driver must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Get a URL and open a socket to it; feed what it says, or [`Input::DialFailed`].
    Dial,
    /// Send this as one binary message.
    Transmit(Vec<u8>),
    /// Close the socket with this code, and forget it: what it still says is not fed any more.
    Hangup(u16),
    /// Tell the application.
    Event(Event),
}

/// What the application hears of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The state changed.
    State(State),
    /// A request ended; each does so exactly once.
    Settled(RequestId, Result<Answer, TeraError>),
    /// Something was refused or can't be read; the connection goes on.
    Warning(TeraError),
    /// Messages of a topic will never come.
    Gap(Gap),
    /// Connected again without the session of before: whatever the application holds may be out of date.
    Resync,
}

/// Messages of one topic that will never come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The topic, or the pattern of a subscription where the single topics are not known.
    pub topic: String,
    /// Position of the first one; 1 is the first message of this topic in this session. 0 if unknown.
    pub first: u64,
    /// Position of the last one. 0 if unknown.
    pub last: u64,
    /// How many; `None`: unknown, there may be none.
    pub count: Option<u64>,
}

/// A message to deliver, borrowed from its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// The message.
    pub message: AnyRef<'a>,
    /// The topic it was published on, if a subscription brought it; empty otherwise.
    pub topic: &'a str,
}
