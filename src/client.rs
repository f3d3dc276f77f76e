//! The client for Rust applications.

use std::{rc::Rc, time::Duration};

use futures_channel::oneshot;
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use prost::{Message as _, Name};
use prost_types::Any;
use serde::de::DeserializeOwned;
use tera_protocol::{
    Message,
    any::pack,
    error::{ErrorCode, TeraError},
    link::{Answer, Connection, Options, State, Stats},
    opentera::{TeraModuleMessage, value::ArgValue},
    validation::validate,
};
use wasm_bindgen_futures::spawn_local;

use crate::{
    driver::Driver,
    events::{Events, States},
    host::Host,
    json,
    pending::{Pending, rpc},
    url::Url,
};

/// A connection to an OpenTera server or a gateway, which connects again by itself when it is lost.
///
/// Dropping the last clone closes it.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    driver: Rc<Driver>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.driver.command(|connection, now| connection.close(now));
    }
}

impl Client {
    /// Connects, and resolves when the server's first message is there. [`Options::seed`] is drawn for each client.
    ///
    /// # Errors
    ///
    /// The first attempt failed; later the client tries again by itself. `connect_failed`; what the URL provider said;
    /// `invalid_argument`: that is no URL of a websocket; `unauthorized` or `logged_out`: log in again; `protocol_violation`:
    /// the gateway speaks another version of the link; `rate_limited`: try later.
    pub async fn connect(url: impl Into<Url>, options: Options) -> Result<Self, TeraError> {
        let (first, connected) = oneshot::channel();
        let host = Host::new(url.into(), first);
        host.keep();
        let driver = Driver::start(host, options);
        let client = Self { inner: Rc::new(Inner { driver: Rc::clone(&driver) }) };
        connected.await.unwrap_or_else(|_| Err(closed()))?;
        spawn_local(async move {
            TimeoutFuture::new(0).await;
            driver.host.hurry();
        });
        Ok(client)
    }

    /// Where the connection stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.driver().command(|connection, _| connection.state().clone())
    }

    /// Where the connection stands, and then each change of that. At most 1024 wait; beyond that the oldest is dropped.
    pub fn states(&self) -> States {
        let (state, states) = (self.state(), self.driver().host.states());
        let is_over = matches!(state, State::Closed(_));
        states.queue.push(state);
        if is_over {
            states.queue.end();
        }
        states
    }

    /// Whether messages are checked by the [rules](tera_protocol::validation) of their fields, from now on; at first they
    /// aren't. What is not valid is refused with `invalid_argument` when it is sent. Received, it is a
    /// [warning](crate::Event::Warning) with `invalid_message`, or the error of the request that it answers.
    pub fn set_validation(&self, is_on: bool) {
        self.driver().host.validates.set(is_on);
    }

    /// Every message from now on, and what is wrong with any. If this is called right after `connect` has resolved, before any
    /// other await, the first message, by which a plain server connects, is included. At most 1024 wait; beyond that the oldest
    /// is dropped and counted in [`Events::dropped`].
    pub fn events(&self) -> Events {
        let events = self.driver().host.events();
        if let State::Closed(_) = self.state() {
            events.queue.end();
        }
        events
    }

    /// Sends a message to a module or a service and waits for its answer. `timeout` of `None` is
    /// [`Options::request_timeout`]. Dropping the future cancels the request.
    ///
    /// # Errors
    ///
    /// - `invalid_argument`: `dest` is no module or service, or the message is [not valid](Self::set_validation).
    /// - `unsupported`: the server is no gateway.
    /// - `too_large`: the message is larger than the gateway takes.
    /// - `queue_full`: too much waits to be sent, or is under way.
    /// - `timeout`: no answer came in time.
    /// - `unreachable`: nobody listens at `dest`.
    /// - `forbidden`: this identity may not do that.
    /// - `unavailable`: the gateway has lost its message bus, and nothing was done.
    /// - `uncertain`: nobody knows whether it was carried out.
    /// - `invalid_message`: the answer can't be read, or is not valid.
    /// - `closed`, or the error that ended the client, such as `logged_out` or `unauthorized`.
    pub async fn request<M: Name>(
        &self,
        dest: &str,
        message: &M,
        timeout: Option<Duration>,
    ) -> Result<TeraModuleMessage, TeraError> {
        let body = self.module_message(message)?;
        let request = |connection: &mut Connection, now| connection.request(now, dest, &body, timeout);
        match Pending::begin(self.driver(), request)?.await? {
            Answer::Message(bytes) => {
                let answer = TeraModuleMessage::decode(bytes.as_slice()).map_err(malformed)?;
                if self.validates() {
                    validate(&answer.clone().into())?;
                }
                Ok(answer)
            }
            Answer::Json(_) | Answer::Done => {
                Err(TeraError::new(ErrorCode::ProtocolViolation, "JSON answered a message."))
            }
        }
    }

    /// Calls a procedure of a module, a service or a client and reads its JSON reply as a `T`.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); `remote_error` if the procedure failed; `invalid_message` if its reply is no `T`.
    pub async fn call<T: DeserializeOwned>(
        &self,
        target: &str,
        method: &str,
        args: impl IntoIterator<Item = ArgValue>,
        timeout: Option<Duration>,
    ) -> Result<T, TeraError> {
        let rpc = rpc(method, args);
        let call = |connection: &mut Connection, now| connection.call(now, target, &rpc, timeout);
        json::read(&Pending::begin(self.driver(), call)?.json().await?)
    }

    /// Sends a message to a module or a service, or to each of the clients that are named, separated by commas, without waiting
    /// for an answer. A refusal comes back as a [warning](crate::Event::Warning).
    ///
    /// # Errors
    ///
    /// `invalid_argument`, `unsupported`, `too_large`, `queue_full`, `closed` or the error that ended the client: nothing was
    /// sent. See [`request`](Self::request).
    pub fn send<M: Name>(&self, dest: &str, message: &M) -> Result<(), TeraError> {
        let body = self.module_message(message)?;
        self.driver().command(|connection, now| connection.send(now, dest, &body))
    }

    /// Sends a message likewise, and resolves when it has reached the module or service, or each of the clients that are named,
    /// separated by commas. Nobody has to answer.
    ///
    /// # Errors
    ///
    /// `unreachable` if nobody listens at one of the addresses; else as [`request`](Self::request).
    pub async fn notify<M: Name>(&self, dest: &str, message: &M) -> Result<(), TeraError> {
        let body = self.module_message(message)?;
        let args = [ArgValue::StringValue(dest.to_owned()), ArgValue::BytesValue(body)];
        Pending::command(self.driver(), "notify", args)?.await.map(drop)
    }

    /// What the client has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.driver().command(|connection, _| connection.stats())
    }

    /// Takes nothing more to send, and closes when all that was given is sent and answered, at the latest after `limit`.
    /// Resolves when it is closed.
    pub async fn drain(&self, limit: Duration) {
        let mut states = self.states();
        self.driver().command(|connection, now| connection.drain(now, now.after(limit)));
        while states.next().await.is_some() {}
    }

    /// Closes for good; what is under way ends with `closed`.
    pub fn close(&self) {
        self.driver().command(|connection, now| connection.close(now));
    }

    pub(crate) fn driver(&self) -> &Rc<Driver> {
        &self.inner.driver
    }

    /// The message as it is sent, if it is valid or is not checked.
    pub(crate) fn any<M: Name>(&self, message: &M) -> Result<Any, TeraError> {
        let any = pack(message);
        if self.validates() {
            let refused = |error: TeraError| error.with_code(ErrorCode::InvalidArgument);
            validate(&Message::unpack(&any)?).map_err(refused)?;
        }
        Ok(any)
    }

    /// The bytes of what is sent to a module or a service.
    fn module_message<M: Name>(&self, message: &M) -> Result<Vec<u8>, TeraError> {
        Ok(TeraModuleMessage { head: None, data: vec![self.any(message)?] }.encode_to_vec())
    }

    fn validates(&self) -> bool {
        self.driver().host.validates.get()
    }
}

pub(crate) fn closed() -> TeraError {
    TeraError::new(ErrorCode::Closed, "The client was closed.")
}

pub(crate) fn malformed(error: prost::DecodeError) -> TeraError {
    TeraError::new(ErrorCode::InvalidMessage, error.to_string())
}
