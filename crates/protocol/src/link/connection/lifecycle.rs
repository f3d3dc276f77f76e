//! From socket to socket: dialing, losing, waiting, closing.

use std::mem;

use super::{Connection, Phase, Server, commands::closed, receive::ACK_MESSAGES};
use crate::{
    error::{ErrorCode, TeraError, decimal, joined},
    link::{
        Event, Output, State,
        liveness::Verdict,
        messages::CloseCode,
        requests::{Operation, number_frame},
    },
    time::Timestamp,
};

/// Connected for so many milliseconds, a connection counts as stable and the back-off starts over.
const STABLE_AFTER: u64 = 10_000;
/// Window in milliseconds of the first attempt once there is a network again: soon, yet not all clients of an office at once.
const ONLINE_WINDOW: u64 = 300;
/// How many milliseconds a closing connection waits for an OpenTera server's first message.
const FIRST_MESSAGE: u64 = 2_000;
/// An attempt whose timer slept gets so many milliseconds more, because the answer may wait to be read.
const LATE: u64 = 2_000;
/// What helps where no connection could be made.
const WHAT_TO_CHECK: &str = "Check the URL: a key in it works once.";
/// Closing with it does not end the session, whereas 1000 does.
const KEEP: u16 = CloseCode::CloseSuspended as u16;

impl Connection {
    /// Closes now and settles every request with `closed`. Closing twice is harmless.
    pub fn close(&mut self, now: Timestamp) {
        if matches!(self.state, State::Closed(_)) {
            return;
        }
        // A gateway would have spoken by now.
        let may_be_plain = self.server != Some(Server::Gateway);
        if self.phase == Phase::Open && may_be_plain {
            self.phase = Phase::Closing;
            self.enter_closed(closed());
            self.attempt_deadline = Some(now.plus(FIRST_MESSAGE));
        } else {
            self.finish(closed(), 1000);
        }
    }

    /// Takes no further commands, and closes when all that was given is sent and answered, or at the deadline. Of
    /// several deadlines the earliest counts.
    pub fn drain(&mut self, now: Timestamp, deadline: Timestamp) {
        if !matches!(self.state, State::Closed(_)) {
            let deadline = self.drain_deadline.map_or(deadline, |known| known.min(deadline));
            self.drain_deadline = Some(deadline);
            self.finish_drain(now);
        }
    }

    /// Hangs up but keeps the session, because the page is put aside. [`Input::Wake`](crate::link::Input::Wake) or
    /// [`Input::Online`](crate::link::Input::Online) connects again.
    pub fn suspend(&mut self) {
        if matches!(self.state, State::Connecting | State::Connected { .. }) {
            self.hang_up(KEEP);
        } else if !matches!(self.state, State::Disconnected { .. }) {
            return;
        }
        self.attempt_deadline = None;
        self.outgoing.rewind();
        self.inbound.detach();
        let error = TeraError::new(ErrorCode::Disconnected, "The page is suspended.");
        self.enter(State::Disconnected { error, retry_at: None });
    }

    pub(super) fn finish_drain(&mut self, now: Timestamp) {
        let Some(deadline) = self.drain_deadline else { return };
        if deadline <= now || (self.outgoing.len() == 0 && self.requests.len() == 0) {
            self.close(now);
        }
    }

    pub(super) fn dial(&mut self, now: Timestamp) {
        self.phase = Phase::Dialing;
        self.attempt_deadline = Some(now.after(self.options.connect_timeout));
        self.outputs.push(Output::Dial);
    }

    pub(super) fn handle_close(&mut self, now: Timestamp, code: u16, reason: &str) {
        if code == CloseCode::CloseLoggedOut as u16 {
            let error = TeraError::new(ErrorCode::LoggedOut, "The server logged this client out.")
                .with_help("Log in again before connecting.");
            return self.lose(now, error);
        }
        let lost = lost(code, reason);
        if lost.code == ErrorCode::ProtocolViolation {
            self.phase = Phase::Idle;
            return self.finish(lost, 1000);
        }
        self.lose(now, lost);
    }

    /// The socket is gone: retry, unless it was the first attempt or the reason forbids it.
    pub(super) fn lose(&mut self, now: Timestamp, error: TeraError) {
        self.phase = Phase::Idle;
        self.attempt_deadline = None;
        if matches!(self.state, State::Disconnected { .. } | State::Closed(_)) {
            return;
        }
        if self.server.is_none() || matches!(error.code, ErrorCode::LoggedOut | ErrorCode::Unauthorized) {
            let error = match error.code {
                ErrorCode::Disconnected => error.with_code(ErrorCode::ConnectFailed).with_help(WHAT_TO_CHECK),
                _ => error,
            };
            return self.finish(error, 1000);
        }
        let connected = matches!(self.state, State::Connected { .. });
        if connected && now.millis_since(self.connected_at) >= STABLE_AFTER {
            self.backoff.reset();
        }
        self.outgoing.rewind();
        self.inbound.detach();
        let delay = self.backoff.next_delay(self.retry_after.take());
        let retry_at = self.online.then(|| now.plus(delay));
        self.enter(State::Disconnected { error, retry_at });
    }

    /// The other side broke the protocol: the socket is useless, but the session may go on.
    pub(super) fn violate(&mut self, now: Timestamp, description: &'static str) {
        self.hang_up(CloseCode::CloseProtocolViolation as u16);
        self.lose(now, TeraError::new(ErrorCode::ProtocolViolation, description));
    }

    pub(super) fn hang_up(&mut self, code: u16) {
        if mem::replace(&mut self.phase, Phase::Idle) != Phase::Idle {
            self.outputs.push(Output::Hangup(code));
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        while let Some((id, operation)) = self.requests.take_expired(now) {
            self.withdraw(id, operation);
            let error = TeraError::new(ErrorCode::Timeout, "No answer came in time.")
                .with_help("Check that the receiver runs, or give it a longer `timeout`.");
            self.emit(Event::Settled(id, Err(error)));
        }
        self.check_attempt(now);
        if let State::Disconnected { retry_at: Some(retry_at), .. } = self.state
            && retry_at <= now
        {
            self.dial(now);
            self.enter(State::Connecting);
        }
        if self.phase == Phase::Link {
            let verdict = self.liveness.check(now);
            self.obey(now, verdict);
        }
        if self.phase == Phase::Link && self.inbound.take_ack_due(now, ACK_MESSAGES) {
            self.transmit_ack();
        }
        if self.phase == Phase::Link && self.renew_at.is_some_and(|at| at <= now) {
            self.renew_lapsed();
        }
        self.flush(now);
    }

    fn check_attempt(&mut self, now: Timestamp) {
        let Some(deadline) = self.attempt_deadline.filter(|&deadline| deadline <= now) else { return };
        if self.phase == Phase::Closing {
            self.attempt_deadline = None;
            return self.hang_up(1000);
        }
        if now.millis_since(deadline) > LATE {
            self.attempt_deadline = Some(now.plus(LATE));
            return;
        }
        self.hang_up(KEEP);
        let error = TeraError::new(ErrorCode::ConnectFailed, "The server said nothing in time.")
            .with_help(WHAT_TO_CHECK);
        self.lose(now, error);
    }

    pub(super) fn handle_wake(&mut self, now: Timestamp) {
        match self.state {
            State::Disconnected { .. } if self.online => self.retry_soon(now),
            _ if self.phase == Phase::Link => {
                let verdict = self.liveness.wake(now);
                self.obey(now, verdict);
            }
            _ => {}
        }
    }

    pub(super) fn handle_offline(&mut self) {
        self.online = false;
        if let State::Disconnected { error, retry_at: Some(_) } = &self.state {
            let error = error.clone();
            self.enter(State::Disconnected { error, retry_at: None });
        }
    }

    pub(super) fn handle_online(&mut self, now: Timestamp) {
        let was_offline = !mem::replace(&mut self.online, true);
        // A socket of the network of before, which can't be probed.
        if was_offline && self.server.is_some() && !matches!(self.phase, Phase::Link | Phase::Idle) {
            self.hang_up(KEEP);
            self.lose(now, TeraError::new(ErrorCode::Disconnected, "The network has changed."));
        }
        self.handle_wake(now);
    }

    /// Draws the next attempt near, if it is not near already.
    fn retry_soon(&mut self, now: Timestamp) {
        let State::Disconnected { error, retry_at } = &self.state else { return };
        let soon = now.plus(self.backoff.within(ONLINE_WINDOW));
        if retry_at.is_none_or(|retry_at| retry_at > soon) {
            let error = error.clone();
            self.enter(State::Disconnected { error, retry_at: Some(soon) });
        }
    }

    fn obey(&mut self, now: Timestamp, verdict: Verdict) {
        match verdict {
            Verdict::Fine => {}
            Verdict::Ping(id) => self.transmit_control(&number_frame("/tera.link.v1.Ping", id)),
            Verdict::Lost => {
                self.hang_up(KEEP);
                self.lose(now, TeraError::new(ErrorCode::Disconnected, "The server fell silent."));
            }
        }
    }

    /// Ends for good.
    pub(super) fn finish(&mut self, error: TeraError, code: u16) {
        self.hang_up(code);
        if !matches!(self.state, State::Closed(_)) {
            self.enter_closed(error);
        }
    }

    fn enter_closed(&mut self, error: TeraError) {
        self.attempt_deadline = None;
        self.drain_deadline = None;
        self.outgoing = Default::default();
        self.enter(State::Closed(error.clone()));
        self.settle_all(&error);
    }

    pub(super) fn settle_all(&mut self, error: &TeraError) {
        while let Some((id, _)) = self.requests.take(|_, _: Operation| true) {
            self.emit(Event::Settled(id, Err(error.clone())));
        }
    }

    pub(super) fn enter(&mut self, state: State) {
        self.state = state.clone();
        self.emit(Event::State(state));
    }
}

fn lost(code: u16, reason: &str) -> TeraError {
    let kind = match code {
        _ if code == CloseCode::CloseProtocolViolation as u16 => ErrorCode::ProtocolViolation,
        _ if code == CloseCode::CloseRateLimited as u16 => ErrorCode::RateLimited,
        _ => ErrorCode::Disconnected,
    };
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    let description =
        joined(&["The connection was lost (code ", &decimal(usize::from(code)), ": ", reason, ")."]);
    TeraError::new(kind, description)
}
