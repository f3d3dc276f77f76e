//! What goes into the client's state machine and what comes out of it.

use std::time::Duration;

use super::{Answer, RequestId};
use crate::{error::TeraError, time::Timestamp};

/// Limits and delays of a connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a request waits for its answer unless it says otherwise. Default 10 s.
    pub request_timeout: Duration,
    /// How long an attempt to connect may take, up to the server's first message. Default 10 s.
    pub connect_timeout: Duration,
    /// Window of the first delay before connecting again; it doubles each time. Default 500 ms.
    pub retry_base: Duration,
    /// Longest delay before connecting again. Default 30 s.
    pub retry_cap: Duration,
    /// Most requests under way at once; one more is refused. Default 256.
    pub max_in_flight: usize,
    /// Largest message taken, in bytes; a larger one is dropped with a warning. Default 16 MiB.
    pub max_frame_bytes: usize,
    /// Seed of the back-off's jitter; must differ from client to client.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            retry_base: Duration::from_millis(500),
            retry_cap: Duration::from_secs(30),
            max_in_flight: 256,
            max_frame_bytes: 16 << 20,
            seed: 0,
        }
    }
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
///  connecting ──first message──▶ connected
///   │      ▲                         │
///   │      └──retry── disconnected ◀─┘ lost
///   │ first attempt failed  │            │
///   └──────────▶ closed ◀───┴────────────┘ close(), forced logout, protocol violation
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// An attempt is under way, up to the server's first message.
    Connecting,
    /// Messages flow.
    Connected(Mode),
    /// The connection is lost; the next attempt starts at `retry_at`.
    Disconnected {
        /// Why.
        error: TeraError,
        /// When the next attempt starts.
        retry_at: Timestamp,
    },
    /// Over for good: `closed` if the application asked for it, otherwise why.
    Closed(TeraError),
}

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// The socket is closed or never opened, with the close frame's code and reason; 1006 if there was none.
    Closed(u16, String),
    /// No URL could be had, or it can't be used.
    DialFailed(TeraError),
    /// The server sent the text [`NOT_ALLOWED`](super::NOT_ALLOWED).
    NotAllowed,
    /// The moment that [`Connection::poll_timeout`](super::Connection::poll_timeout) named has come.
    TimedOut,
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
}
