//! The exports behind the JavaScript client: each converts and delegates.
//!
//! `pkg/src/client.ts` is the only caller and does the I/O: it opens sockets, sends, sets the timer and knows the time.
//! The state machine decides, and says through [`JsHost`] what is to be done. Results don't come back through promises
//! made here: the machine settles requests by number and `client.ts` keeps the promises, so no borrow outlives a call.

#[cfg(feature = "bench")]
mod bench;

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use tera_protocol::{
    error::{DecodeError, ErrorCode, TeraError},
    link::{Answer, Connection, Event, Input, Mode, Options, Output, RequestId, State},
    reader::AnyRef,
    registry::Registry,
    schema,
    tape::{self, Tape},
    time::Timestamp,
};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What `client.ts` gives: all calls come back through it.
    pub type JsHost;

    /// Get a URL and open a socket to it.
    #[wasm_bindgen(method)]
    fn dial(this: &JsHost);

    /// Send this as one binary message, at once: the bytes are borrowed.
    #[wasm_bindgen(method)]
    fn transmit(this: &JsHost, frame: &[u8]);

    /// Close the socket and forget it.
    #[wasm_bindgen(method)]
    fn hangup(this: &JsHost, code: u16);

    /// Call `timedOut` at this moment instead of any earlier one; `undefined`: not at all.
    #[wasm_bindgen(method, js_name = wakeAt)]
    fn wake_at(this: &JsHost, at: Option<f64>);

    /// Makes the error object that JavaScript sees.
    #[wasm_bindgen(method)]
    fn error(this: &JsHost, code: i32, description: &str, help: &str) -> JsValue;

    #[wasm_bindgen(method)]
    fn connecting(this: &JsHost);

    /// `address` is undefined on a plain OpenTera server.
    #[wasm_bindgen(method)]
    fn connected(this: &JsHost, address: Option<&str>);

    #[wasm_bindgen(method)]
    fn disconnected(this: &JsHost, error: JsValue, retry_at: f64);

    #[wasm_bindgen(method)]
    fn closed(this: &JsHost, error: JsValue);

    #[wasm_bindgen(method)]
    fn warning(this: &JsHost, error: JsValue);

    /// The payload decoded onto the tape: the places in memory of frame, slots and text, and the payload's record.
    /// With a request's number, it answers that request.
    #[wasm_bindgen(method)]
    fn deliver(
        this: &JsHost,
        id: Option<f64>,
        frame: *const u8,
        slots: *const i32,
        text: *const u8,
        text_length: usize,
        at: usize,
    );

    /// A call returned this JSON text.
    #[wasm_bindgen(method)]
    fn returned(this: &JsHost, id: f64, json: &str);

    #[wasm_bindgen(method)]
    fn failed(this: &JsHost, id: f64, error: JsValue);
}

/// A connection, as `client.ts` sees it. Moments are milliseconds on a clock that never goes back.
#[wasm_bindgen]
pub struct Link {
    host: JsHost,
    connection: RefCell<Connection>,
    registry: RefCell<Registry>,
    tape: RefCell<Tape>,
    /// What JavaScript was told last; setting a timer for each message would cost more than the message.
    wake_at: Cell<Option<Timestamp>>,
    /// Set while outputs are performed: what a handler calls meanwhile only adds outputs.
    pumping: Cell<bool>,
}

#[wasm_bindgen]
impl Link {
    /// A connection whose first attempt starts with the next call of `timedOut`. `numbers` holds the options of
    /// [`Options`] in their order, durations in milliseconds; NaN means the default.
    #[wasm_bindgen(constructor)]
    pub fn new(host: JsHost, now: f64, seed: f64, numbers: &[f64]) -> Self {
        let mut options = Options { seed: seed as u64, ..Options::default() };
        let durations = [
            &mut options.request_timeout,
            &mut options.connect_timeout,
            &mut options.retry_base,
            &mut options.retry_cap,
        ];
        for (option, &number) in durations.into_iter().zip(numbers) {
            if !number.is_nan() {
                *option = milliseconds(number);
            }
        }
        let counts = [&mut options.max_in_flight, &mut options.max_frame_bytes];
        for (option, &number) in counts.into_iter().zip(numbers.iter().skip(4)) {
            if !number.is_nan() {
                *option = number as usize;
            }
        }
        Self {
            host,
            connection: RefCell::new(Connection::new(moment(now), options)),
            registry: RefCell::default(),
            tape: RefCell::default(),
            wake_at: Cell::new(None),
            pumping: Cell::new(false),
        }
    }

    /// The moment of `wakeAt` has come.
    #[wasm_bindgen(js_name = timedOut)]
    pub fn timed_out(&self, now: f64) {
        // The timer has fired: one for the same moment would have to be set again.
        self.wake_at.set(None);
        self.input(now, Input::TimedOut);
    }

    /// No URL could be had, or it can't be used.
    #[wasm_bindgen(js_name = dialFailed)]
    pub fn dial_failed(&self, now: f64, is_misuse: bool, description: String) {
        let code = if is_misuse { ErrorCode::InvalidArgument } else { ErrorCode::ConnectFailed };
        self.input(now, Input::DialFailed(TeraError::new(code, description)));
    }

    /// The socket is closed.
    #[wasm_bindgen(js_name = socketClosed)]
    pub fn socket_closed(&self, now: f64, code: u16, reason: String) {
        self.input(now, Input::Closed(code, reason));
    }

    /// The server answered that it takes no messages.
    #[wasm_bindgen(js_name = notAllowed)]
    pub fn not_allowed(&self, now: f64) {
        self.input(now, Input::NotAllowed);
    }

    /// One binary message came.
    pub fn received(&self, now: f64, frame: &[u8]) {
        let payload = self.command(|connection| connection.handle_frame(moment(now), frame));
        if let Some(payload) = payload {
            self.deliver(None, frame, payload.message);
        }
    }

    /// Whether a text message of this length is to be read at all.
    pub fn accepts(&self, length: usize) -> bool {
        self.command(|connection| connection.accepts(length))
    }

    /// A text message was read as the JSON of a `TeraMessage`; true if it is to be delivered. With `invalid`, it is none.
    #[wasm_bindgen(js_name = receivedText)]
    pub fn received_text(&self, now: f64, invalid: Option<String>) -> bool {
        let read = invalid.map_or(Ok(()), |reason| Err(DecodeError::new(reason)));
        self.command(|connection| connection.handle_text(moment(now), read)).is_some()
    }

    /// The description of the types of a `FileDescriptorSet`, for `npx tera-client types`; if there is none, it throws a
    /// sentence that says why.
    pub fn describe(file_descriptor_set: &[u8]) -> Result<String, JsValue> {
        let added = Registry::default().register(file_descriptor_set);
        added.map_err(|error| JsValue::from_str(&[&*error.description, " ", &*error.help].concat()))
    }

    /// Registers the types of a `FileDescriptorSet` and returns the description of the new ones.
    pub fn register(&self, file_descriptor_set: &[u8]) -> Result<String, JsValue> {
        let added = self.registry.borrow_mut().register(file_descriptor_set);
        added.map_err(|error| self.error(&error))
    }

    /// Sends the `TeraModuleMessage` on the tape and returns the number of the request. A timeout of 0 is the default.
    pub fn request(
        &self,
        now: f64,
        dest: &str,
        timeout: f64,
        slots: &[i32],
        text: &str,
        blob: &[u8],
    ) -> Result<f64, JsValue> {
        let sent = self.encode(slots, text, blob).and_then(|body| {
            self.command(|connection| connection.request(moment(now), dest, &body, optional(timeout)))
        });
        self.number(sent)
    }

    /// Makes the call of the `RPCMessage` on the tape and returns the number of the request.
    pub fn call(
        &self,
        now: f64,
        target: &str,
        timeout: f64,
        slots: &[i32],
        text: &str,
        blob: &[u8],
    ) -> Result<f64, JsValue> {
        let sent = self.encode(slots, text, blob).and_then(|rpc| {
            self.command(|connection| connection.call(moment(now), target, &rpc, optional(timeout)))
        });
        self.number(sent)
    }

    /// Sends the `TeraModuleMessage` on the tape without asking for an answer.
    pub fn send(&self, now: f64, dest: &str, slots: &[i32], text: &str, blob: &[u8]) -> Result<(), JsValue> {
        let sent = self
            .encode(slots, text, blob)
            .and_then(|body| self.command(|connection| connection.send(moment(now), dest, &body)));
        sent.map_err(|error| self.error(&error))
    }

    /// Settles a request with `aborted`.
    pub fn cancel(&self, now: f64, id: f64) {
        self.command(|connection| connection.cancel(moment(now), RequestId(id as u64)));
    }

    /// Closes for good.
    pub fn close(&self, now: f64) {
        self.command(|connection| connection.close(moment(now)));
    }
}

impl Link {
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
            self.host.wake_at(deadline.map(|deadline| deadline.as_millis() as f64));
        }
    }

    fn next_output(&self) -> Option<Output> {
        self.connection.borrow_mut().poll_output()
    }

    fn perform(&self, output: Output) {
        match output {
            Output::Dial => self.host.dial(),
            Output::Transmit(frame) => self.host.transmit(&frame),
            Output::Hangup(code) => self.host.hangup(code),
            Output::Event(Event::State(state)) => self.state(state),
            Output::Event(Event::Settled(id, outcome)) => self.settled(id, outcome),
            Output::Event(Event::Warning(error)) => self.host.warning(self.error(&error)),
            Output::Event(Event::Gap(_) | Event::Resync) => {}
        }
    }

    fn state(&self, state: State) {
        match state {
            State::Connecting => self.host.connecting(),
            State::Connected { mode: Mode::Link { address }, .. } => self.host.connected(Some(&address)),
            State::Connected { mode: Mode::Plain, .. } => self.host.connected(None),
            State::Disconnected { error, retry_at } => {
                let retry_at = retry_at.map_or(f64::INFINITY, |retry_at| retry_at.as_millis() as f64);
                self.host.disconnected(self.error(&error), retry_at);
            }
            State::Closed(error) => self.host.closed(self.error(&error)),
        }
    }

    fn settled(&self, id: RequestId, outcome: Result<Answer, TeraError>) {
        let id = id.0 as f64;
        match outcome {
            Ok(Answer::Json(json)) => self.host.returned(id, &json),
            Ok(Answer::Done) => self.host.returned(id, "null"),
            Ok(Answer::Message(bytes)) => {
                let type_url = &*schema::MESSAGES[schema::TERA_MODULE_MESSAGE].name;
                self.deliver(Some(id), &bytes, AnyRef { type_url, value: &bytes });
            }
            Err(error) => self.host.failed(id, self.error(&error)),
        }
    }

    /// JavaScript builds its objects from the tape before it calls any handler, so the tape may be used again by then.
    fn deliver(&self, id: Option<f64>, frame: &[u8], payload: AnyRef<'_>) {
        let (slots, text, text_length, at) = {
            let mut tape = self.tape.borrow_mut();
            let at = tape.decode(&self.registry.borrow(), frame, payload);
            (tape.slots().as_ptr(), tape.text().as_ptr(), tape.text().len(), at)
        };
        self.host.deliver(id, frame.as_ptr(), slots, text, text_length, at);
    }

    /// Encodes the record that `pkg/src/encoder.ts` wrote; it always begins at slot 1.
    fn encode(&self, slots: &[i32], text: &str, blob: &[u8]) -> Result<Vec<u8>, TeraError> {
        tape::encode(&self.registry.borrow(), slots, text, blob, 1)
            .map_err(|error| TeraError::new(ErrorCode::InvalidArgument, error.reason().to_owned()))
    }

    fn error(&self, error: &TeraError) -> JsValue {
        self.host.error(error.code.into(), &error.description, &error.help)
    }

    fn number(&self, sent: Result<RequestId, TeraError>) -> Result<f64, JsValue> {
        sent.map(|id| id.0 as f64).map_err(|error| self.error(&error))
    }
}

fn moment(now: f64) -> Timestamp {
    Timestamp::from_millis(now as u64)
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}

fn optional(timeout: f64) -> Option<Duration> {
    (timeout > 0.0).then(|| milliseconds(timeout))
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}
