//! The world around a connection, and what must hold in it.

mod said;

use std::{collections::BTreeMap, time::Duration};

use super::Step;
use tera_protocol::{
    error::{DecodeError, ErrorCode, TeraError},
    link::{
        Connection, Event, Input, Mode, Options, Output, Overflow, RequestId, State,
        frame::{Envelope, encode, frames, number, put_frame},
        messages,
    },
    time::Timestamp,
};

pub use said::{Numbers, Said, welcome};

const IN_FLIGHT: usize = 8;
const QUEUED: usize = 16;
const QUEUED_BYTES: usize = 512;
/// Longest text that a step sends.
const LONGEST: usize = 1 << 12;
/// What a frame adds to it.
const OVERHEAD: usize = 256;

pub struct World {
    now: u64,
    connection: Connection,
    has_socket: bool,
    /// Number of the server's next message, and of the last one that it got.
    next: u64,
    received: u64,
    /// Of each request, whether it has settled.
    requests: BTreeMap<RequestId, bool>,
    patterns: usize,
    closed: bool,
    /// Bytes fed in this step.
    fed: usize,
}

impl World {
    pub fn new(overflow: Overflow) -> Self {
        let options = Options {
            max_in_flight: IN_FLIGHT,
            max_queued: QUEUED,
            max_queued_bytes: QUEUED_BYTES,
            overflow,
            ..Options::default()
        };
        let mut world = Self {
            now: 0,
            connection: Connection::new(Timestamp::default(), options),
            has_socket: false,
            next: 1,
            received: 0,
            requests: BTreeMap::new(),
            patterns: 0,
            closed: false,
            fed: 0,
        };
        world.check();
        world
    }

    pub fn take(&mut self, step: Step<'_>) {
        let at = self.at();
        self.fed = 0;
        match step {
            Step::Wait(milliseconds) => self.wait(milliseconds.into()),
            Step::WaitUntilDue => self.wait_until_due(),
            Step::Leap(milliseconds) => self.wait(milliseconds),
            Step::Opened => self.feed(Input::Opened),
            Step::Closed(code) => self.close(Input::Closed(code, "reason".into())),
            Step::DialFailed(code) => self.close(Input::DialFailed(error(code))),
            Step::NotAllowed => self.feed(Input::NotAllowed),
            Step::Wake => self.feed(Input::Wake),
            Step::Offline => self.feed(Input::Offline),
            Step::Online => self.feed(Input::Online),
            Step::Connect { resumed, limits } => self.connect(resumed, limits),
            Step::Frame(said, numbers) => {
                let frame = self.number(said, numbers);
                self.message(&frame);
            }
            Step::Batch(saids) => self.batch(saids),
            Step::Bytes(bytes) => self.message(bytes),
            Step::Text(readable) => self.text(readable),
            Step::Request(length) => self.command(|it| it.request(at, "service.A", &text(length), None)),
            Step::Call(length) => {
                let timeout = Some(Duration::from_millis(length.into()));
                self.command(|it| it.call(at, "module.B", &text(length), timeout));
            }
            Step::Publish(message) => {
                let message = &message[..message.len().min(LONGEST)];
                self.command(|it| it.publish(at, "room.a", message, None));
            }
            Step::Subscribe(which) => {
                self.patterns += 1;
                self.command(|it| it.subscribe(at, &pattern(which), None));
            }
            Step::Unsubscribe(which) => self.command(|it| it.unsubscribe(at, &pattern(which), None)),
            Step::Send(length) => _ = self.connection.send(at, "service.A", &text(length.into())),
            Step::Cancel(id) => self.connection.cancel(at, RequestId(id.into())),
            Step::Close => self.connection.close(at),
            Step::Drain(milliseconds) => {
                self.connection
                    .drain(at, Timestamp::from_millis(self.now.saturating_add(milliseconds.into())));
            }
            Step::Suspend => self.connection.suspend(),
        }
    }

    /// Drains the outputs; what the machine holds and says is bounded.
    pub fn check(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.connection.poll_output() {
            outputs += 1;
            self.perform(output);
        }
        let own = IN_FLIGHT + 2 * self.patterns;
        let bound = 64 + 4 * (QUEUED + own) + 4 * self.fed;
        assert!(outputs <= bound, "{outputs} outputs at once; {bound} would be many");
        let stats = self.connection.stats();
        assert!(stats.queued <= QUEUED + own, "{} entries wait", stats.queued);
        let most = QUEUED_BYTES + LONGEST + OVERHEAD * (1 + own);
        assert!(stats.buffered_bytes <= most, "{} bytes wait", stats.buffered_bytes);
    }

    /// Closes the connection: every request has settled by then.
    pub fn end(&mut self) {
        self.connection.close(self.at());
        self.fed = 0;
        self.check();
        let open: Vec<_> = self.requests.iter().filter(|each| !each.1).collect();
        assert!(open.is_empty(), "{open:?} have not settled");
        assert!(matches!(self.connection.state(), State::Closed(_)));
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn feed(&mut self, input: Input) {
        self.connection.handle(self.at(), input);
    }

    fn close(&mut self, input: Input) {
        self.has_socket = false;
        self.feed(input);
    }

    fn wait(&mut self, milliseconds: u64) {
        self.now = self.now.saturating_add(milliseconds);
        self.feed(Input::TimedOut);
    }

    /// What is due is done in a few turns, or a driver would spin.
    fn wait_until_due(&mut self) {
        for _ in 0..8 {
            let Some(due) = self.connection.poll_timeout() else { return };
            if due > self.at() {
                self.now = due.as_millis();
            }
            self.feed(Input::TimedOut);
            self.check();
            if self.connection.poll_timeout().is_none_or(|due| due > self.at()) {
                return;
            }
        }
        assert!(self.now == u64::MAX, "what is due stays due: {:?}", self.connection);
    }

    fn connect(&mut self, resumed: bool, limits: [u16; 5]) {
        if !self.has_socket {
            self.wait_until_due();
        }
        self.feed(Input::Opened);
        self.check();
        let welcome = welcome(2, "websocket.user.x", limits.map(u32::from));
        self.message(&encode(&welcome));
        self.check();
        let received = if resumed { self.received } else { 0 };
        let token = vec![7; 16];
        self.message(&encode(&messages::Session { token, resumed, received, retention_ms: 0 }));
    }

    fn number(&mut self, said: Said<'_>, numbers: Numbers) -> Vec<u8> {
        let (seq, ack) = numbers.of(&said, self.next, self.received);
        self.next += u64::from(seq == self.next);
        number(&said.encode(), seq, ack)
    }

    fn batch(&mut self, saids: Vec<(Said<'_>, Numbers)>) {
        let mut batch = Vec::new();
        for (said, numbers) in saids {
            put_frame(&mut batch, &self.number(said, numbers));
        }
        self.message(&batch);
    }

    /// A message, which may be a batch.
    fn message(&mut self, message: &[u8]) {
        self.fed = message.len();
        for frame in frames(message) {
            if let Some(payload) = self.connection.handle_frame(self.at(), frame) {
                assert!(!self.closed, "delivered after the end: {payload:?}");
            }
        }
    }

    fn text(&mut self, readable: bool) {
        if self.connection.accepts(10) {
            let read = if readable { Ok(()) } else { Err(DecodeError::TRUNCATED.into()) };
            self.connection.handle_text(self.at(), read);
        }
    }

    fn command(&mut self, command: impl FnOnce(&mut Connection) -> Result<RequestId, TeraError>) {
        if let Ok(id) = command(&mut self.connection) {
            assert!(!self.closed, "{id:?} was accepted after the end");
            assert_eq!(self.requests.insert(id, false), None, "{id:?} was given out twice");
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Dial => {
                assert!(!self.has_socket && !self.closed, "a second socket");
                self.has_socket = true;
            }
            Output::Transmit(frame) => {
                assert!(self.has_socket, "there is no socket to send on");
                let seq = Envelope::decode(&frame).expect("what is sent can be read").seq;
                assert!(seq <= self.received + 1, "{seq} follows {}", self.received);
                self.received = self.received.max(seq);
            }
            Output::Hangup(_) => {
                assert!(self.has_socket, "there is no socket to close");
                self.has_socket = false;
            }
            Output::Event(event) => self.hear(event),
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::State(state) => {
                assert!(!self.closed, "{state:?} after the end");
                self.closed = matches!(state, State::Closed(_));
                if let State::Connected { mode: Mode::Link { .. }, resumed: false } = state {
                    (self.next, self.received) = (1, 0);
                }
            }
            Event::Settled(id, outcome) => match self.requests.insert(id, true) {
                Some(false) => {}
                other => panic!("{id:?} settled with {outcome:?}; before: {other:?}"),
            },
            _ => {}
        }
    }
}

fn text(length: u16) -> Vec<u8> {
    vec![b'x'; usize::from(length) % LONGEST]
}

fn pattern(which: u8) -> String {
    format!("room.{which}")
}

fn error(code: u8) -> TeraError {
    TeraError::new(ErrorCode::try_from(i32::from(code % 24)).unwrap_or_default(), "no URL")
}
