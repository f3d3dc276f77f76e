//! The client's side of the link as a state machine: no socket, no clock, no randomness, no callbacks.

mod commands;
mod lifecycle;
mod outputs;
mod receive;
mod resume;
#[cfg(test)]
mod tests;

use self::{commands::unsupported, outputs::Outputs};
use super::{
    Backoff, Event, Input, Options, Output, RequestId, State, Stats, bucket::Bucket, frame, inbound::Inbound,
    liveness::Liveness, outgoing::Outgoing, requests::Requests, stats::RoundTrips,
};
use crate::{error::TeraError, time::Timestamp};

/// What plain OpenTera servers answer, as text, to whatever a client sends.
pub const NOT_ALLOWED: &str = "Not allowed to send message";

/// Milliseconds of silence after which the link is probed, unless somebody says otherwise.
const HEARTBEAT: u64 = 4_000;

/// What kind of server it is; [`Mode`](super::Mode) without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Gateway,
    Plain,
}

/// How far the socket is.
///
/// ```text
///  idle ──Dial──▶ dialing ──Opened──▶ open ──Welcome, Hello──▶ greeting ──Session──▶ link
///                    │                 │ │
///                    └──anything else──┘ └─ close() ─▶ closing ──first message, 2 s──▶ idle
///                            ▼
///                          plain              from anywhere: Closed, Hangup ──▶ idle
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is none.
    Idle,
    /// A socket was asked for; the server has said nothing.
    Dialing,
    /// It is open; the server has said nothing.
    Open,
    /// The gateway's Session is awaited.
    Greeting,
    /// To a gateway.
    Link,
    /// To an OpenTera server.
    Plain,
    /// The connection is closed, but an OpenTera server that is hung up on before its first message believes the
    /// client to be online for ever.
    Closing,
}

/// A pattern that is subscribed to.
#[derive(Debug)]
struct Subscription {
    pattern: String,
    /// The request that made it, or renews it; 0 while none is under way and the gateway does not have it.
    id: RequestId,
    /// The gateway could not renew it: until it has, messages are missed.
    lapsed: bool,
}

/// The client's side of the link.
///
/// After each call that changes anything, drain [`poll_output`](Self::poll_output), then wait for the socket, a
/// command or [`poll_timeout`](Self::poll_timeout). Payloads are not queued: [`handle_frame`](Self::handle_frame) and
/// [`handle_text`](Self::handle_text) hand them back, to be delivered after the outputs are drained.
#[derive(Debug)]
pub struct Connection {
    options: Options,
    state: State,
    phase: Phase,
    /// The server found last; `None` until the first attempt has succeeded.
    server: Option<Server>,
    connected_at: Timestamp,
    /// When the current attempt counts as failed, or a closing socket is hung up.
    attempt_deadline: Option<Timestamp>,
    drain_deadline: Option<Timestamp>,
    online: bool,
    /// What a Goodbye says about the next attempt, in milliseconds: the least delay and the width of the window behind it.
    retry_after: Option<(u64, u64)>,
    backoff: Backoff,
    /// Keeps the client within the gateway's rate; `None`: it has none.
    pace: Option<Bucket>,
    /// Most frames on their way at once.
    window: usize,
    /// Largest frame that the gateway takes.
    max_transmit: usize,
    /// Milliseconds of silence after which the link is probed.
    heartbeat: u64,
    liveness: Liveness,
    /// The client's own, as the gateway that it is talking to says.
    address: String,
    /// The session's; empty if there is none.
    token: Vec<u8>,
    inbound: Inbound,
    outgoing: Outgoing,
    requests: Requests,
    subscriptions: Vec<Subscription>,
    /// When to ask again for the subscriptions that the gateway could not renew.
    renew_at: Option<Timestamp>,
    /// True once the application was warned that its messages are dropped, until the queue is empty.
    warned: bool,
    stats: Stats,
    round_trips: RoundTrips,
    outputs: Outputs,
}

impl Connection {
    /// A connection that starts its first attempt now.
    #[must_use]
    pub fn new(now: Timestamp, options: Options) -> Self {
        let mut connection = Self {
            backoff: Backoff::new(options.retry_base, options.retry_cap, options.seed),
            options,
            state: State::Connecting,
            phase: Phase::Idle,
            server: None,
            connected_at: now,
            attempt_deadline: None,
            drain_deadline: None,
            online: true,
            retry_after: None,
            pace: None,
            window: usize::MAX,
            max_transmit: usize::MAX,
            heartbeat: HEARTBEAT,
            liveness: Liveness::every(now, HEARTBEAT),
            address: String::new(),
            token: Vec::new(),
            inbound: Inbound::default(),
            outgoing: Outgoing::default(),
            requests: Requests::default(),
            subscriptions: Vec::new(),
            renew_at: None,
            warned: false,
            stats: Stats::default(),
            round_trips: RoundTrips::default(),
            outputs: Outputs::default(),
        };
        connection.dial(now);
        connection
    }

    /// Where the connection stands.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What to do next; `None` when there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.next()
    }

    /// When to feed [`Input::TimedOut`]; `None` if only new input can change anything.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let mut next = Timestamp::NEVER;
        let mut consider = |moment: Option<Timestamp>| next = next.min(moment.unwrap_or(Timestamp::NEVER));
        consider(self.requests.next_deadline());
        consider(self.attempt_deadline);
        consider(self.drain_deadline);
        if let State::Disconnected { retry_at, .. } = self.state {
            consider(retry_at);
        }
        if self.phase == Phase::Link {
            consider(self.inbound.next_ack());
            consider(self.renew_at);
            consider(Some(self.liveness.next()));
            if let Some(pace) = &self.pace
                && self.outgoing.has_next(self.window)
            {
                consider(Some(pace.next()));
            }
        }
        (next < Timestamp::NEVER).then_some(next)
    }

    /// Bytes that were given to be sent and are not acknowledged so far.
    #[must_use]
    pub const fn buffered_amount(&self) -> usize {
        self.outgoing.bytes()
    }

    /// Figures up to now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            queued: self.outgoing.len(),
            buffered_bytes: self.outgoing.bytes(),
            rtt: self.round_trips.last(),
            rtt_p50: self.round_trips.percentile(50),
            rtt_p95: self.round_trips.percentile(95),
            ..self.stats
        }
    }

    /// Feeds what happened outside.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Opened => {
                if self.phase == Phase::Dialing {
                    self.phase = Phase::Open;
                }
            }
            Input::Closed(code, reason) => self.handle_close(now, code, &reason),
            Input::DialFailed(error) => self.lose(now, error),
            Input::NotAllowed => self.warn(unsupported()),
            Input::TimedOut => self.handle_timeout(now),
            Input::Wake => self.handle_wake(now),
            Input::Offline => self.handle_offline(),
            Input::Online => self.handle_online(now),
        }
        self.finish_drain(now);
    }

    /// Transmits what waits, as far as the gateway's rate allows.
    fn flush(&mut self, now: Timestamp) {
        if self.phase != Phase::Link {
            return;
        }
        while self.outgoing.has_next(self.window) && self.pace.as_mut().is_none_or(|pace| pace.take(now)) {
            let ack = self.inbound.acknowledge();
            if let Some((seq, frame, again)) = self.outgoing.next() {
                self.outputs.push(Output::Transmit(frame::number(frame, seq, ack)));
                if again {
                    self.stats.resent += 1;
                } else {
                    self.stats.sent += 1;
                }
            }
        }
    }

    /// Sends a message that is not numbered, with an acknowledgement.
    fn transmit_control(&mut self, frame: &[u8]) {
        let ack = self.inbound.acknowledge();
        self.outputs.push(Output::Transmit(frame::number(frame, 0, ack)));
    }

    fn warn(&mut self, error: impl Into<TeraError>) {
        self.emit(Event::Warning(error.into()));
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }
}
