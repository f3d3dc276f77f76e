//! The client's side of the link as a state machine: no socket, no clock, no randomness, no callbacks.

use std::{collections::VecDeque, mem, time::Duration};

use super::{
    Answer, Backoff, Event, Input, Mode, Options, Output, RequestId, State,
    frame::ServerFrame,
    messages::CloseCode,
    requests::{Operation, Requests, answer, cancel_frame, message_frame, request_frame},
};
use crate::{
    error::{DecodeError, ErrorCode, TeraError},
    reader::AnyRef,
    time::Timestamp,
};

/// What plain OpenTera servers answer, as text, to whatever a client sends.
pub const NOT_ALLOWED: &str = "Not allowed to send message";

/// The version of the link that this client speaks.
const LINK_VERSION: u32 = 1;

/// Connected for so long, a connection counts as stable and the back-off starts over.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// The client's side of the link.
///
/// After each call that changes anything, drain [`poll_output`](Self::poll_output), then wait for the socket, a
/// command or [`poll_timeout`](Self::poll_timeout). Payloads are not queued: [`handle_frame`](Self::handle_frame) and
/// [`handle_text`](Self::handle_text) hand them back, to be delivered after the outputs are drained.
#[derive(Debug)]
pub struct Connection {
    options: Options,
    state: State,
    /// When the current attempt counts as failed, while connecting.
    attempt_deadline: Option<Timestamp>,
    connected_at: Option<Timestamp>,
    backoff: Backoff,
    requests: Requests,
    outputs: VecDeque<Output>,
}

impl Connection {
    /// A connection that starts its first attempt now.
    #[must_use]
    pub fn new(now: Timestamp, options: Options) -> Self {
        let mut connection = Self {
            backoff: Backoff::new(options.retry_base, options.retry_cap, options.seed),
            options,
            state: State::Connecting,
            attempt_deadline: None,
            connected_at: None,
            requests: Requests::default(),
            outputs: VecDeque::new(),
        };
        connection.dial(now);
        connection
    }

    /// Where the connection stands.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What to do next; `None` when there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to feed [`Input::TimedOut`]; `None` if only new input can change anything.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let retry_at = match self.state {
            State::Disconnected { retry_at, .. } => Some(retry_at),
            _ => None,
        };
        [self.requests.next_deadline(), self.attempt_deadline, retry_at].into_iter().flatten().min()
    }

    /// Feeds what happened outside.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Closed(code, reason) => self.handle_close(now, code, &reason),
            Input::DialFailed(error) => self.lose(now, error),
            Input::NotAllowed => {
                let error = TeraError::new(ErrorCode::Unsupported, "The server takes no messages.")
                    .with_help("Plain OpenTera servers only send; to send, connect to a gateway.");
                self.emit(Event::Warning(error));
            }
            Input::TimedOut => self.handle_timeout(now),
        }
    }

    /// Feeds one binary message and returns the payload to deliver, if it has one.
    pub fn handle_frame<'a>(&mut self, now: Timestamp, frame: &'a [u8]) -> Option<AnyRef<'a>> {
        if !self.accepts(frame.len()) {
            return None;
        }
        match ServerFrame::decode(frame) {
            Ok(ServerFrame::Welcome(version, address)) => self.handle_welcome(now, version, address),
            Ok(ServerFrame::Reply(id, outcome)) => self.settle(RequestId(id), answer(outcome)),
            Ok(ServerFrame::Notice(error)) => self.emit(Event::Warning(error)),
            Ok(ServerFrame::Payload(any)) => {
                self.found(now, Mode::Plain);
                return Some(any);
            }
            Err(error) => self.warn(error),
        }
        None
    }

    /// Whether a message of this length is to be read at all; if it is too long, there is a warning.
    pub fn accepts(&mut self, length: usize) -> bool {
        if matches!(self.state, State::Closed(_) | State::Disconnected { .. }) {
            return false;
        }
        let limit = self.options.max_frame_bytes;
        if length > limit {
            let (length, limit) = (decimal(length), decimal(limit));
            let description =
                ["A message of ", &length, " bytes was dropped; the limit is ", &limit, "."].concat();
            let error = TeraError::new(ErrorCode::TooLarge, description)
                .with_help("Raise `maxFrameBytes` if such messages are expected.");
            self.emit(Event::Warning(error));
        }
        length <= limit
    }

    /// Feeds one text message, read as the JSON of a `TeraMessage`, and returns it if it is to be delivered.
    ///
    /// How a host reads JSON is its own; the length is checked beforehand with [`accepts`](Self::accepts).
    pub fn handle_text<T>(&mut self, now: Timestamp, read: Result<T, DecodeError>) -> Option<T> {
        match read {
            Ok(message) => {
                self.found(now, Mode::Plain);
                Some(message)
            }
            Err(error) => {
                self.warn(error);
                None
            }
        }
    }

    /// Sends a message and waits for its answer.
    ///
    /// `body` holds the data, encoded as a `TeraModuleMessage` without a head. `timeout` of `None` is the
    /// [`Options::request_timeout`].
    ///
    /// # Errors
    ///
    /// `invalid_argument`: `dest` is no module, service or client; `unsupported`, `disconnected`, `closed`: there is no
    /// gateway to send it to; `queue_full`: [`Options::max_in_flight`].
    pub fn request(
        &mut self,
        now: Timestamp,
        dest: &str,
        body: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_dest(dest)?;
        self.begin(now, timeout, &Operation::Message { dest, body })
    }

    /// Calls a procedure of `target`, a module or a service; `rpc` is an encoded `RPCMessage` with method and arguments.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn call(
        &mut self,
        now: Timestamp,
        target: &str,
        rpc: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_dest(target)?;
        self.begin(now, timeout, &Operation::Call { target, rpc })
    }

    /// Sends a message without waiting for an answer; a refusal comes back as a warning.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request), without `queue_full`.
    pub fn send(&mut self, dest: &str, body: &[u8]) -> Result<(), TeraError> {
        check_dest(dest)?;
        self.check_link()?;
        self.outputs.push_back(Output::Transmit(message_frame(dest, body)));
        Ok(())
    }

    /// Settles a request with `aborted` and tells the gateway; one that has settled already stays so.
    pub fn cancel(&mut self, id: RequestId) {
        if self.requests.settle(id) {
            if let State::Connected(_) = self.state {
                self.outputs.push_back(Output::Transmit(cancel_frame(id)));
            }
            let error = TeraError::new(ErrorCode::Aborted, "The request was aborted.");
            self.emit(Event::Settled(id, Err(error)));
        }
    }

    /// Closes for good and settles every request with `closed`. Closing twice is harmless.
    pub fn close(&mut self) {
        self.finish(TeraError::new(ErrorCode::Closed, "The client was closed."), 1000);
    }

    fn begin(
        &mut self,
        now: Timestamp,
        timeout: Option<Duration>,
        operation: &Operation<'_>,
    ) -> Result<RequestId, TeraError> {
        self.check_link()?;
        let timeout = timeout.unwrap_or(self.options.request_timeout);
        let id = self.requests.begin(now.after(timeout), self.options.max_in_flight)?;
        self.outputs.push_back(Output::Transmit(request_frame(id, timeout, operation)));
        Ok(id)
    }

    fn check_link(&self) -> Result<(), TeraError> {
        match &self.state {
            State::Connected(Mode::Link { .. }) => Ok(()),
            State::Connected(Mode::Plain) => {
                Err(TeraError::new(ErrorCode::Unsupported, "A plain OpenTera server takes no messages.")
                    .with_help("Connect to a gateway to send, request and call."))
            }
            State::Closed(error) => Err(error.clone()),
            State::Connecting | State::Disconnected { .. } => {
                Err(TeraError::new(ErrorCode::Disconnected, "There is no connection at the moment.")
                    .with_help("Wait for the state `connected`."))
            }
        }
    }

    fn handle_welcome(&mut self, now: Timestamp, version: u32, address: &str) {
        if version != LINK_VERSION {
            let error = TeraError::new(
                ErrorCode::ProtocolViolation,
                "The gateway speaks another version of the link.",
            )
            .with_help("Update the client or the gateway.");
            return self.finish(error, CloseCode::CloseProtocolViolation as u16);
        }
        self.found(now, Mode::Link { address: address.to_owned() });
    }

    /// The server's first message tells what it is; later ones change nothing.
    fn found(&mut self, now: Timestamp, mode: Mode) {
        if self.state == State::Connecting {
            self.attempt_deadline = None;
            self.connected_at = Some(now);
            self.enter(State::Connected(mode));
        }
    }

    fn handle_close(&mut self, now: Timestamp, code: u16, reason: &str) {
        if code == CloseCode::CloseLoggedOut as u16 {
            let error = TeraError::new(ErrorCode::LoggedOut, "The server logged this client out.")
                .with_help("Log in again before connecting.");
            return self.finish(error, 1000);
        }
        if code == CloseCode::CloseProtocolViolation as u16 {
            let description = ["The server says that this client broke the protocol: ", reason].concat();
            return self.finish(TeraError::new(ErrorCode::ProtocolViolation, description), 1000);
        }
        self.lose(now, lost(code, reason));
    }

    /// The socket is gone: end what was under way, then retry; a first attempt that fails is final.
    fn lose(&mut self, now: Timestamp, error: TeraError) {
        if matches!(self.state, State::Disconnected { .. } | State::Closed(_)) {
            return;
        }
        let Some(connected_at) = self.connected_at else {
            let code =
                if error.code == ErrorCode::Disconnected { ErrorCode::ConnectFailed } else { error.code };
            return self.finish(TeraError { code, ..error }, 1000);
        };
        if mem::take(&mut self.attempt_deadline).is_none() && now.since(connected_at) >= STABLE_AFTER {
            self.backoff.reset();
        }
        let retry_at = now.after(self.backoff.next_delay());
        self.enter(State::Disconnected { error: error.clone(), retry_at });
        self.settle_all(&error);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.requests.take_expired(now) {
            let error = TeraError::new(ErrorCode::Timeout, "No answer came in time.")
                .with_help("Check that the receiver runs, or give it a longer `timeout`.");
            self.outputs.push_back(Output::Transmit(cancel_frame(id)));
            self.emit(Event::Settled(id, Err(error)));
        }
        if self.attempt_deadline.is_some_and(|deadline| deadline <= now) {
            self.outputs.push_back(Output::Hangup(1000));
            let error = TeraError::new(ErrorCode::ConnectFailed, "The server said nothing in time.")
                .with_help("Check the URL, or give `connectTimeout` more time.");
            self.lose(now, error);
        }
        if let State::Disconnected { retry_at, .. } = self.state
            && retry_at <= now
        {
            self.dial(now);
            self.enter(State::Connecting);
        }
    }

    fn dial(&mut self, now: Timestamp) {
        self.attempt_deadline = Some(now.after(self.options.connect_timeout));
        self.outputs.push_back(Output::Dial);
    }

    fn finish(&mut self, error: TeraError, code: u16) {
        if !matches!(self.state, State::Closed(_)) {
            self.attempt_deadline = None;
            self.outputs.push_back(Output::Hangup(code));
            self.enter(State::Closed(error.clone()));
            self.settle_all(&error);
        }
    }

    fn settle(&mut self, id: RequestId, outcome: Result<Answer, TeraError>) {
        if self.requests.settle(id) {
            self.emit(Event::Settled(id, outcome));
        }
    }

    fn settle_all(&mut self, error: &TeraError) {
        while let Some(id) = self.requests.take_any() {
            self.emit(Event::Settled(id, Err(error.clone())));
        }
    }

    fn warn(&mut self, error: DecodeError) {
        self.emit(Event::Warning(error.into()));
    }

    fn enter(&mut self, state: State) {
        self.state = state.clone();
        self.emit(Event::State(state));
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

fn lost(code: u16, reason: &str) -> TeraError {
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    let description =
        ["The connection was lost (code ", &decimal(usize::from(code)), ": ", reason, ")."].concat();
    TeraError::new(ErrorCode::Disconnected, description)
}

/// The number as text; the SDK carries no other formatting of numbers.
fn decimal(mut number: usize) -> String {
    let mut digits = Vec::with_capacity(20);
    loop {
        digits.insert(0, b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            return digits.into_iter().map(char::from).collect();
        }
    }
}

/// A destination is a module, a service, or a list of clients separated by commas.
///
/// What is looked at is what a caller mixes up; the gateway knows the rest of the rules.
fn check_dest(dest: &str) -> Result<(), TeraError> {
    let is_address = |each: &str| {
        ["module.", "service.", "websocket."].iter().any(|prefix| {
            each.strip_prefix(prefix).is_some_and(|rest| {
                !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            })
        })
    };
    if dest.split(',').all(is_address) {
        return Ok(());
    }
    Err(TeraError::new(ErrorCode::InvalidArgument, ["`", dest, "` is no address."].concat())
        .with_help("Use `module.<name>`, `service.<key>` or `websocket.user.<uuid>`."))
}

#[cfg(test)]
mod tests;
