//! The exports behind the JavaScript client: each converts and delegates.
//!
//! `pkg/src/client.ts` is the only caller. Results don't come back through promises made here: the machine settles
//! requests by number and `client.ts` keeps the promises, so no borrow outlives a call.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::{FutureExt, future::LocalBoxFuture};
use js_sys::{JsString, Promise};
use tera_protocol::{
    error::{DecodeError, ErrorCode, TeraError},
    link::{Answer, Event, Mode, Options, RequestId, State},
    reader::AnyRef,
    schema,
    tape::{self, Tape},
    time::Timestamp,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::driver::{Driver, Host, until};

#[wasm_bindgen]
extern "C" {
    /// What `client.ts` gives: all calls come back through it.
    pub type JsHost;

    /// The URL for the next attempt.
    #[wasm_bindgen(method)]
    fn url(this: &JsHost) -> Promise;

    /// Makes the error object that JavaScript sees.
    #[wasm_bindgen(method)]
    fn error(this: &JsHost, code: i32, description: &str, help: &str) -> JsValue;

    #[wasm_bindgen(method)]
    fn connecting(this: &JsHost);

    /// `address` is undefined on a plain OpenTera server.
    #[wasm_bindgen(method)]
    fn connected(this: &JsHost, address: Option<&str>);

    #[wasm_bindgen(method)]
    fn disconnected(this: &JsHost, error: JsValue, retry_in: f64);

    #[wasm_bindgen(method)]
    fn closed(this: &JsHost, error: JsValue);

    #[wasm_bindgen(method)]
    fn warning(this: &JsHost, error: JsValue);

    /// A payload, decoded onto the tape: the places in memory of frame, slots and text, and the record of the payload.
    #[wasm_bindgen(method)]
    fn deliver(
        this: &JsHost,
        frame: *const u8,
        slots: *const i32,
        text: *const u8,
        text_length: usize,
        at: usize,
    );

    /// Reads the JSON of a `TeraMessage`: its payload, or a sentence that says what is wrong.
    #[wasm_bindgen(method)]
    fn parse(this: &JsHost, text: &JsString) -> JsValue;

    /// A payload that [`parse`] read.
    #[wasm_bindgen(method, js_name = deliverParsed)]
    fn deliver_parsed(this: &JsHost, payload: JsValue);

    /// A request was answered by the module message on the tape.
    #[wasm_bindgen(method)]
    fn answered(
        this: &JsHost,
        id: f64,
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

struct Bridge {
    js: JsHost,
    tape: RefCell<Tape>,
}

/// Where JavaScript finds a decoded payload. Valid until the next one is decoded; JavaScript builds its objects from
/// it before it calls any handler.
struct Places {
    slots: *const i32,
    text: *const u8,
    text_length: usize,
    at: usize,
}

impl Bridge {
    fn decode(&self, frame: &[u8], payload: AnyRef<'_>) -> Places {
        let mut tape = self.tape.borrow_mut();
        let at = tape.decode(frame, payload);
        let text = tape.text();
        Places { slots: tape.slots().as_ptr(), text: text.as_ptr(), text_length: text.len(), at }
    }

    fn error(&self, error: &TeraError) -> JsValue {
        self.js.error(error.code.into(), &error.description, &error.help)
    }

    fn settled(&self, id: RequestId, outcome: Result<Answer, TeraError>) {
        let id = id.0 as f64;
        match outcome {
            Ok(Answer::Json(json)) => self.js.returned(id, &json),
            Ok(Answer::Message(bytes)) => {
                let type_url = schema::MESSAGES[schema::TERA_MODULE_MESSAGE].name;
                let places = self.decode(&bytes, AnyRef { type_url, value: &bytes });
                self.js.answered(
                    id,
                    bytes.as_ptr(),
                    places.slots,
                    places.text,
                    places.text_length,
                    places.at,
                );
            }
            Err(error) => self.js.failed(id, self.error(&error)),
        }
    }

    fn state(&self, now: Timestamp, state: State) {
        match state {
            State::Connecting => self.js.connecting(),
            State::Connected(Mode::Link { address }) => self.js.connected(Some(&address)),
            State::Connected(Mode::Plain) => self.js.connected(None),
            State::Disconnected { error, retry_at } => {
                self.js.disconnected(self.error(&error), until(now, retry_at).as_millis() as f64);
            }
            State::Closed(error) => self.js.closed(self.error(&error)),
        }
    }
}

/// The application's own words, such as those of its login, say best why there is no URL.
fn no_url(thrown: &JsValue) -> TeraError {
    let why = thrown.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    let why = why.or_else(|| thrown.as_string()).unwrap_or_default();
    TeraError::new(ErrorCode::ConnectFailed, ["The URL function failed: ", &why].concat())
}

impl Host for Bridge {
    fn url(&self) -> LocalBoxFuture<'static, Result<String, TeraError>> {
        let url = JsFuture::from(self.js.url());
        async move {
            let url = url.await.map_err(|thrown| no_url(&thrown))?;
            url.as_string().ok_or_else(|| {
                TeraError::new(ErrorCode::ConnectFailed, "The URL function gave no URL.")
                    .with_help("It must return a string or a promise of one.")
            })
        }
        .boxed_local()
    }

    fn event(&self, now: Timestamp, event: Event) {
        match event {
            Event::State(state) => self.state(now, state),
            Event::Settled(id, outcome) => self.settled(id, outcome),
            Event::Warning(error) => self.js.warning(self.error(&error)),
        }
    }

    fn payload(&self, frame: &[u8], payload: AnyRef<'_>) {
        let places = self.decode(frame, payload);
        self.js.deliver(frame.as_ptr(), places.slots, places.text, places.text_length, places.at);
    }

    /// What `client.ts` made of the text.
    type Text = JsValue;

    fn read_text(&self, text: &JsString) -> Result<JsValue, DecodeError> {
        let parsed = self.js.parse(text);
        parsed.as_string().map_or(Ok(parsed), |reason| Err(DecodeError::new(reason)))
    }

    fn text_payload(&self, payload: JsValue) {
        self.js.deliver_parsed(payload);
    }
}

/// A connection, as `client.ts` sees it.
#[wasm_bindgen]
pub struct Link {
    driver: Rc<Driver<Bridge>>,
}

#[wasm_bindgen]
impl Link {
    /// Starts connecting. Durations are in milliseconds; `undefined` means the default.
    #[wasm_bindgen(constructor)]
    pub fn new(
        host: JsHost,
        request_timeout: Option<f64>,
        connect_timeout: Option<f64>,
        retry_base: Option<f64>,
        retry_cap: Option<f64>,
        max_in_flight: Option<f64>,
        max_frame_bytes: Option<f64>,
    ) -> Self {
        let defaults = Options::default();
        let options = Options {
            request_timeout: request_timeout.map_or(defaults.request_timeout, milliseconds),
            connect_timeout: connect_timeout.map_or(defaults.connect_timeout, milliseconds),
            retry_base: retry_base.map_or(defaults.retry_base, milliseconds),
            retry_cap: retry_cap.map_or(defaults.retry_cap, milliseconds),
            max_in_flight: max_in_flight.map_or(defaults.max_in_flight, |number| number as usize),
            max_frame_bytes: max_frame_bytes.map_or(defaults.max_frame_bytes, |number| number as usize),
            seed: 0,
        };
        Self { driver: Driver::start(Bridge { js: host, tape: RefCell::default() }, options) }
    }

    /// Sends the `TeraModuleMessage` on the tape and returns the number of the request.
    pub fn request(
        &self,
        dest: &str,
        slots: &[i32],
        text: &str,
        blob: &[u8],
        timeout: Option<f64>,
    ) -> Result<f64, JsValue> {
        let timeout = timeout.map(milliseconds);
        let sent = encode(slots, text, blob).and_then(|body| {
            self.driver.command(|connection, now| connection.request(now, dest, &body, timeout))
        });
        self.number(sent)
    }

    /// Makes the call of the `RPCMessage` on the tape and returns the number of the request.
    pub fn call(
        &self,
        target: &str,
        slots: &[i32],
        text: &str,
        blob: &[u8],
        timeout: Option<f64>,
    ) -> Result<f64, JsValue> {
        let timeout = timeout.map(milliseconds);
        let sent = encode(slots, text, blob).and_then(|rpc| {
            self.driver.command(|connection, now| connection.call(now, target, &rpc, timeout))
        });
        self.number(sent)
    }

    /// Sends the `TeraModuleMessage` on the tape without asking for an answer.
    pub fn send(&self, dest: &str, slots: &[i32], text: &str, blob: &[u8]) -> Result<(), JsValue> {
        let sent = encode(slots, text, blob)
            .and_then(|body| self.driver.command(|connection, _| connection.send(dest, &body)));
        sent.map_err(|error| self.driver.host.error(&error))
    }

    /// Settles a request with `aborted`.
    pub fn cancel(&self, id: f64) {
        self.driver.command(|connection, _| connection.cancel(RequestId(id as u64)));
    }

    /// Closes for good.
    pub fn close(&self) {
        self.driver.command(|connection, _| connection.close());
    }
}

impl Link {
    fn number(&self, sent: Result<RequestId, TeraError>) -> Result<f64, JsValue> {
        sent.map(|id| id.0 as f64).map_err(|error| self.driver.host.error(&error))
    }
}

/// Encodes the record that `pkg/src/tape.ts` wrote; it always begins at slot 1.
fn encode(slots: &[i32], text: &str, blob: &[u8]) -> Result<Vec<u8>, TeraError> {
    tape::encode(slots, text, blob, 1)
        .map_err(|error| TeraError::new(ErrorCode::InvalidArgument, error.reason().to_owned()))
}

fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}
