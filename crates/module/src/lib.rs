//! The WebAssembly module behind the JavaScript client: each export converts and delegates.
//!
//! `pkg/src/module.ts` is the only caller, and `pkg/src/client.ts` above it does the I/O: it opens sockets, sends, sets the
//! timer and knows the time. The state machine decides, and says through `host.rs` what is to be done. The machine
//! settles requests by number and `client.ts` keeps the promises, so no borrow outlives a call.
//!
//! Nothing but numbers crosses; `crates/abi` says how longer things do. A `Link` goes by its address, which JavaScript has
//! from `open` and gives back to `free`.
#![cfg(target_arch = "wasm32")]

mod exports;
mod host;

use std::{
    cell::{Cell, RefCell},
    ptr,
    time::Duration,
};

use host::{Host, Places, places};
use tera_protocol::{
    error::TeraError,
    link::{Answer, Connection, Event, Input, Mode, Options, Output, Payload, RequestId, State},
    reader::AnyRef,
    registry::Registry,
    tape::Tape,
    time::Timestamp,
};

/// How many figures there are.
const STATS: usize = 14;

/// A connection. Moments are milliseconds on a clock that never goes back.
#[derive(Debug)]
struct Link {
    connection: RefCell<Connection>,
    registry: RefCell<Registry>,
    tape: RefCell<Tape>,
    /// Where the payload lies that is on the tape.
    places: Cell<Places>,
    stats: Cell<[f64; STATS]>,
    /// What JavaScript was told last; setting a timer for each message would cost more than the message.
    wake_at: Cell<Option<Timestamp>>,
    /// Set while outputs are performed: what a handler calls meanwhile only adds outputs.
    pumping: Cell<bool>,
}

/// What is to be sent, as JavaScript names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// A message that no answer is asked for.
    Send,
    /// A message with its answer.
    Request,
    /// A call of a procedure.
    Call,
    /// A wish to get what is published on the topics that a pattern covers.
    Subscribe,
    /// The end of such a wish.
    Unsubscribe,
    /// A message for a topic.
    Publish,
}

impl Link {
    fn new(now: f64, options: Options) -> Self {
        Self {
            connection: RefCell::new(Connection::new(moment(now), options)),
            registry: RefCell::new(Registry::empty()),
            tape: RefCell::default(),
            places: Cell::default(),
            stats: Cell::default(),
            wake_at: Cell::new(None),
            pumping: Cell::new(false),
        }
    }

    fn host(&self) -> Host {
        Host::of(self)
    }

    fn input(&self, now: f64, input: Input) {
        self.command(|connection| connection.handle(moment(now), input));
    }

    /// Gives a command to the machine and performs what follows from it. Nothing is borrowed while JavaScript runs.
    fn command<T>(&self, command: impl FnOnce(&mut Connection) -> T) -> T {
        let result = command(&mut self.connection.borrow_mut());
        self.pump();
        result
    }

    fn pump(&self) {
        if self.pumping.replace(true) {
            return;
        }
        while let Some(output) = self.next_output() {
            self.perform(output);
        }
        self.pumping.set(false);
        let deadline = self.connection.borrow().poll_timeout();
        if self.wake_at.replace(deadline) != deadline {
            self.host().wake_at(deadline);
        }
    }

    fn next_output(&self) -> Option<Output> {
        self.connection.borrow_mut().poll_output()
    }

    fn perform(&self, output: Output) {
        match output {
            Output::Dial => self.host().dial(),
            Output::Transmit(frame) => self.host().transmit(&frame),
            Output::Hangup(code) => self.host().hangup(code),
            Output::Event(Event::State(state)) => self.state(state),
            Output::Event(Event::Settled(id, outcome)) => self.settled(id, outcome),
            Output::Event(Event::Warning(error)) => self.host().warning(&error),
            Output::Event(Event::Gap(gap)) => self.host().gap(&gap),
            Output::Event(Event::Resync) => self.host().resync(),
        }
    }

    fn state(&self, state: State) {
        match state {
            State::Connecting => self.host().connecting(),
            State::Connected { mode: Mode::Link { address }, resumed } => {
                self.host().connected(&address, resumed);
            }
            // The gateway's clients have an address.
            State::Connected { mode: Mode::Plain, .. } => self.host().connected("", false),
            State::Disconnected { error, retry_at } => self.host().disconnected(&error, retry_at),
            State::Closed(error) => self.host().closed(&error),
        }
    }

    fn settled(&self, id: RequestId, outcome: Result<Answer, TeraError>) {
        match outcome {
            Ok(Answer::Json(json)) => self.host().returned(id, &json),
            Ok(Answer::Done) => self.host().returned(id, "null"),
            Ok(Answer::Message(bytes)) => {
                let type_url = "type.googleapis.com/opentera.protobuf.TeraModuleMessage";
                let places = self.put_on_tape(type_url, &bytes, "");
                self.host().answered(id, places);
            }
            Err(error) => self.host().failed(id, &error),
        }
    }

    fn stats(&self) -> *const f64 {
        let stats = self.connection.borrow().stats();
        let time = |time: Option<Duration>| time.map_or(f64::NAN, |time| time.as_millis() as u64 as f64);
        self.stats.set([
            stats.sent as f64,
            stats.received as f64,
            stats.resent as f64,
            stats.duplicates as f64,
            stats.gaps as f64,
            stats.missed as f64,
            stats.dropped as f64,
            stats.queued as f64,
            stats.buffered_bytes as f64,
            time(stats.rtt),
            time(stats.rtt_p50),
            time(stats.rtt_p95),
            stats.reconnects as f64,
            stats.resumes as f64,
        ]);
        self.stats.as_ptr().cast()
    }

    /// JavaScript builds its objects from the tape before it calls any handler, so the tape may be used again by then.
    fn put_on_tape(&self, type_url: &str, payload: &[u8], topic: &str) -> *const Places {
        let mut tape = self.tape.borrow_mut();
        tape.decode(&self.registry.borrow(), type_url, payload);
        self.places.set(places(topic, &tape));
        self.places.as_ptr()
    }

    fn received(&self, now: f64, frame: &[u8]) -> *const Places {
        let payload = self.command(|connection| connection.handle_frame(moment(now), frame));
        let Some(Payload { message: AnyRef { type_url, value }, topic }) = payload else {
            return ptr::null();
        };
        self.put_on_tape(type_url, value, topic)
    }

    /// Sends a message, which `pkg/src/encoder.ts` encoded. The number is that of the request, if it is one.
    fn submit(
        &self,
        now: f64,
        operation: Operation,
        dest: &str,
        timeout: f64,
        body: &[u8],
    ) -> Result<Option<RequestId>, TeraError> {
        let timeout = (timeout > 0.0).then(|| milliseconds(timeout));
        self.command(|connection| match operation {
            Operation::Send => connection.send(moment(now), dest, body).map(|()| None),
            Operation::Request => connection.request(moment(now), dest, body, timeout).map(Some),
            Operation::Call => connection.call(moment(now), dest, body, timeout).map(Some),
            Operation::Subscribe => connection.subscribe(moment(now), dest, timeout).map(Some),
            Operation::Unsubscribe => connection.unsubscribe(moment(now), dest, timeout).map(Some),
            Operation::Publish => connection.publish(moment(now), dest, body, timeout).map(Some),
        })
    }
}

fn moment(now: f64) -> Timestamp {
    Timestamp::from_millis(now as u64)
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}
