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
    time::Duration,
};

use host::Host;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{Answer, Connection, Event, Input, Mode, Options, Output, RequestId, State},
    reader::AnyRef,
    registry::Registry,
    schema,
    tape::{self, Tape},
    time::Timestamp,
};

/// A connection. Moments are milliseconds on a clock that never goes back.
#[derive(Debug)]
struct Link {
    connection: RefCell<Connection>,
    registry: RefCell<Registry>,
    tape: RefCell<Tape>,
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
}

impl Link {
    fn new(now: f64, options: Options) -> Self {
        Self {
            connection: RefCell::new(Connection::new(moment(now), options)),
            registry: RefCell::default(),
            tape: RefCell::default(),
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
        }
    }

    fn state(&self, state: State) {
        match state {
            State::Connecting => self.host().connecting(),
            State::Connected(Mode::Link { address }) => self.host().connected(&address),
            // The gateway's clients have an address.
            State::Connected(Mode::Plain) => self.host().connected(""),
            State::Disconnected { error, retry_at } => self.host().disconnected(&error, retry_at),
            State::Closed(error) => self.host().closed(&error),
        }
    }

    fn settled(&self, id: RequestId, outcome: Result<Answer, TeraError>) {
        match outcome {
            Ok(Answer::Json(json)) => self.host().returned(id, &json),
            Ok(Answer::Message(bytes)) => {
                let type_url = &*schema::MESSAGES[schema::TERA_MODULE_MESSAGE].name;
                self.deliver(Some(id), &bytes, AnyRef { type_url, value: &bytes });
            }
            Err(error) => self.host().failed(id, &error),
        }
    }

    /// JavaScript builds its objects from the tape before it calls any handler, so the tape may be used again by then.
    fn deliver(&self, id: Option<RequestId>, frame: &[u8], payload: AnyRef<'_>) {
        let places = {
            let mut tape = self.tape.borrow_mut();
            let at = tape.decode(&self.registry.borrow(), frame, payload);
            host::Places::of(frame, &tape, at)
        };
        self.host().deliver(id, &places);
    }

    fn received(&self, now: f64, frame: &[u8]) {
        let payload = self.command(|connection| connection.handle_frame(moment(now), frame));
        if let Some(payload) = payload {
            self.deliver(None, frame, payload);
        }
    }

    /// Sends the message on the tape; its record, which `pkg/src/encoder.ts` wrote, always begins at slot 1. The number is
    /// that of the request, if it is one.
    fn submit(
        &self,
        now: f64,
        operation: Operation,
        dest: &str,
        timeout: f64,
        body: Result<Vec<u8>, TeraError>,
    ) -> Result<Option<RequestId>, TeraError> {
        let body = body?;
        let timeout = (timeout > 0.0).then(|| milliseconds(timeout));
        self.command(|connection| match operation {
            Operation::Send => connection.send(dest, &body).map(|()| None),
            Operation::Request => connection.request(moment(now), dest, &body, timeout).map(Some),
            Operation::Call => connection.call(moment(now), dest, &body, timeout).map(Some),
        })
    }

    fn encode(&self, slots: &[i32], text: &str, blob: &[u8]) -> Result<Vec<u8>, TeraError> {
        tape::encode(&self.registry.borrow(), slots, text, blob, 1)
            .map_err(|error| TeraError::new(ErrorCode::InvalidArgument, error.into_reason()))
    }
}

fn moment(now: f64) -> Timestamp {
    Timestamp::from_millis(now as u64)
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}
