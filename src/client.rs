//! The client for Rust applications.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_channel::oneshot;
use futures_util::{FutureExt, Stream, future::LocalBoxFuture};
use prost::{Message as _, Name};
use serde::de::DeserializeOwned;
use tera_protocol::{
    Message,
    any::{pack, type_name},
    error::{ErrorCode, TeraError},
    link::{self, Answer, Gap, Options, RequestId, State, Stats},
    opentera::{RpcMessage, TeraEvent, TeraModuleMessage, Value, tera_event, value::ArgValue},
    reader::AnyRef,
    validation::validate,
};

use crate::driver::Driver;

/// Most events that wait in an [`Events`] stream; beyond it the oldest is dropped and counted.
const EVENTS_LIMIT: usize = 1024;

/// Where to connect: a URL, or a function that gives a fresh one for each attempt, as one-time URLs need.
pub struct Url(Box<dyn Fn() -> LocalBoxFuture<'static, Result<String, TeraError>>>);

impl Url {
    /// A URL asked for anew before each attempt to connect.
    pub fn provider<F: Future<Output = Result<String, TeraError>> + 'static>(
        ask: impl Fn() -> F + 'static,
    ) -> Self {
        Self(Box::new(move || ask().boxed_local()))
    }
}

impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Url")
    }
}

impl From<&str> for Url {
    fn from(url: &str) -> Self {
        let url = url.to_owned();
        Self::provider(move || std::future::ready(Ok(url.clone())))
    }
}

/// A message that the server sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The header of the `TeraEvent` that it came in, if it had one.
    pub header: Option<tera_event::Header>,
    /// The message; [`Message::Unknown`] if its type is not in the catalogue.
    pub message: Message,
}

/// What a client hears of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server sent a message.
    Message(Received),
    /// Something was refused or can't be read; the connection goes on.
    Warning(TeraError),
    /// Messages of a topic will never come.
    Gap(Gap),
    /// Connected again without the session of before: whatever the application holds may be out of date.
    Resync,
}

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
    /// Connects, and resolves when the server's first message is there.
    ///
    /// # Errors
    ///
    /// `connect_failed` or what the URL provider said: the first attempt failed. Later the client tries again by itself.
    pub async fn connect(url: impl Into<Url>, options: Options) -> Result<Self, TeraError> {
        let (first, connected) = oneshot::channel();
        let host = Host { url: url.into(), shared: Rc::default() };
        host.shared.first.set(Some(first));
        let client = Self { inner: Rc::new(Inner { driver: Driver::start(host, options) }) };
        connected
            .await
            .unwrap_or_else(|_| Err(TeraError::new(ErrorCode::Closed, "The client was closed.")))?;
        Ok(client)
    }

    /// Where the connection stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner.driver.command(|connection, _| connection.state().clone())
    }

    /// Whether messages are checked by the [rules](tera_protocol::validation) of their fields, from now on; at first they
    /// aren't. What is not valid is refused with `invalid_argument` when it is sent. Received, it is an [`Event::Warning`]
    /// with `invalid_message`, or the error of the request that it answers.
    pub fn set_validation(&self, is_on: bool) {
        self.shared().validates.set(is_on);
    }

    /// Every message from now on, and what is wrong with any. At most 1024 wait; beyond that the oldest is dropped and
    /// counted in [`Events::dropped`].
    #[must_use]
    pub fn events(&self) -> Events {
        let queue = Rc::new(EventQueue::default());
        self.shared().queues.borrow_mut().push(Rc::downgrade(&queue));
        Events { queue }
    }

    /// Sends a message to a module, a service or a client and waits for its answer. `timeout` of `None` is
    /// [`Options::request_timeout`]. Dropping the future cancels the request.
    ///
    /// # Errors
    ///
    /// Whatever [`ErrorCode`] says: `timeout`, `unreachable`, `forbidden`, `uncertain` ...
    pub async fn request<M: Name>(
        &self,
        dest: &str,
        message: &M,
        timeout: Option<Duration>,
    ) -> Result<TeraModuleMessage, TeraError> {
        let body = self.module_message(message)?;
        let id =
            self.inner.driver.command(|connection, now| connection.request(now, dest, &body, timeout))?;
        match self.answer(id).await? {
            Answer::Message(bytes) => {
                let answer = TeraModuleMessage::decode(bytes.as_slice()).map_err(malformed)?;
                if self.shared().validates.get() {
                    validate(&answer.clone().into())?;
                }
                Ok(answer)
            }
            Answer::Json(_) | Answer::Done => {
                Err(TeraError::new(ErrorCode::ProtocolViolation, "JSON answered a message."))
            }
        }
    }

    /// Calls a procedure of a module or a service and reads its JSON reply as a `T`.
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
        let args = args.into_iter().map(|value| Value { arg_value: Some(value) }).collect();
        let rpc = RpcMessage { method: method.to_owned(), args, ..Default::default() }.encode_to_vec();
        let id = self.inner.driver.command(|connection, now| connection.call(now, target, &rpc, timeout))?;
        let Answer::Json(json) = self.answer(id).await? else {
            return Err(TeraError::new(ErrorCode::ProtocolViolation, "A message answered a call."));
        };
        let value = js_sys::JSON::parse(&json)
            .map_err(|_| TeraError::new(ErrorCode::InvalidMessage, "The reply is no JSON."))?;
        serde_wasm_bindgen::from_value(value)
            .map_err(|error| TeraError::new(ErrorCode::InvalidMessage, error.to_string()))
    }

    /// Sends a message without waiting for an answer.
    ///
    /// # Errors
    ///
    /// `invalid_argument`, `unsupported`, `queue_full` or `closed`.
    pub fn send<M: Name>(&self, dest: &str, message: &M) -> Result<(), TeraError> {
        let body = self.module_message(message)?;
        self.inner.driver.command(|connection, now| connection.send(now, dest, &body))
    }

    /// What the client has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.driver.command(|connection, _| connection.stats())
    }

    /// Takes nothing more to send, and closes when all that was given is sent and answered, at the latest after `limit`.
    pub fn drain(&self, limit: Duration) {
        self.inner.driver.command(|connection, now| connection.drain(now, now.after(limit)));
    }

    /// Closes for good; what is under way ends with `closed`.
    pub fn close(&self) {
        self.inner.driver.command(|connection, now| connection.close(now));
    }

    fn shared(&self) -> &Rc<Shared> {
        &self.inner.driver.host.shared
    }

    /// The bytes of what is sent to a module or a service.
    fn module_message<M: Name>(&self, message: &M) -> Result<Vec<u8>, TeraError> {
        let any = pack(message);
        if self.shared().validates.get() {
            let refused = |error: TeraError| error.with_code(ErrorCode::InvalidArgument);
            validate(&Message::unpack(&any)?).map_err(refused)?;
        }
        Ok(TeraModuleMessage { head: None, data: vec![any] }.encode_to_vec())
    }

    async fn answer(&self, id: RequestId) -> Result<Answer, TeraError> {
        let (sender, receiver) = oneshot::channel();
        self.shared().waiting.borrow_mut().insert(id, sender);
        let mut cancel = CancelOnDrop { client: self, id: Some(id) };
        let outcome = receiver.await;
        cancel.id = None;
        outcome.unwrap_or_else(|_| Err(TeraError::new(ErrorCode::Closed, "The client was closed.")))
    }
}

/// Cancels a request whose future is dropped before it settled.
struct CancelOnDrop<'a> {
    client: &'a Client,
    id: Option<RequestId>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.client.inner.driver.command(|connection, now| connection.cancel(now, id));
        }
    }
}

fn malformed(error: prost::DecodeError) -> TeraError {
    TeraError::new(ErrorCode::InvalidMessage, error.to_string())
}

#[derive(Default)]
struct Shared {
    first: Cell<Option<oneshot::Sender<Result<(), TeraError>>>>,
    waiting: RefCell<HashMap<RequestId, oneshot::Sender<Result<Answer, TeraError>>>>,
    queues: RefCell<Vec<Weak<EventQueue>>>,
    validates: Cell<bool>,
}

/// Whom the driver serves. Nothing of the driver is borrowed while it calls, so what is called may call back.
pub(crate) struct Host {
    url: Url,
    shared: Rc<Shared>,
}

impl Host {
    /// The URL for the next attempt.
    pub(crate) fn url(&self) -> LocalBoxFuture<'static, Result<String, TeraError>> {
        (self.url.0)()
    }

    /// Something happened.
    pub(crate) fn event(&self, event: link::Event) {
        match event {
            link::Event::State(state) => {
                let outcome = match state {
                    State::Connected { .. } => Ok(()),
                    State::Closed(error) => {
                        self.shared.queues.borrow_mut().drain(..).for_each(|queue| EventQueue::end(&queue));
                        Err(error)
                    }
                    _ => return,
                };
                if let Some(first) = self.shared.first.take() {
                    _ = first.send(outcome);
                }
            }
            link::Event::Settled(id, outcome) => {
                if let Some(waiting) = self.shared.waiting.borrow_mut().remove(&id) {
                    _ = waiting.send(outcome);
                }
            }
            link::Event::Warning(error) => self.shared.publish(&Event::Warning(error)),
            link::Event::Gap(gap) => self.shared.publish(&Event::Gap(gap)),
            link::Event::Resync => self.shared.publish(&Event::Resync),
        }
    }

    /// A payload came.
    pub(crate) fn payload(&self, payload: AnyRef<'_>) {
        let validates = self.shared.validates.get();
        for received in messages(payload) {
            let received = received.and_then(|received| {
                if validates {
                    validate(&received.message)?;
                }
                Ok(received)
            });
            self.shared.publish(&received.map_or_else(Event::Warning, Event::Message));
        }
    }
}

impl Shared {
    fn publish(&self, event: &Event) {
        self.queues.borrow_mut().retain(|queue| {
            let Some(queue) = queue.upgrade() else { return false };
            queue.push(event.clone());
            true
        });
    }
}

/// The events of a `TeraEvent`, or the one message that the payload is.
fn messages(payload: AnyRef<'_>) -> Vec<Result<Received, TeraError>> {
    let read = |header: Option<tera_event::Header>, any: &prost_types::Any| {
        Message::unpack(any).map(|message| Received { header, message }).map_err(TeraError::from)
    };
    if type_name(payload.type_url) == TeraEvent::full_name() {
        return match TeraEvent::decode(payload.value) {
            Ok(event) => event.events.iter().map(|any| read(event.header.clone(), any)).collect(),
            Err(error) => vec![Err(malformed(error))],
        };
    }
    let any = prost_types::Any { type_url: payload.type_url.to_owned(), value: payload.value.to_owned() };
    vec![read(None, &any)]
}

/// The stream that [`Client::events`] returns. It ends when the client is closed.
#[derive(Debug)]
pub struct Events {
    queue: Rc<EventQueue>,
}

#[derive(Debug, Default)]
struct EventQueue {
    waiting: RefCell<VecDeque<Event>>,
    dropped: Cell<u64>,
    ended: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl EventQueue {
    fn push(&self, event: Event) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() == EVENTS_LIMIT {
            waiting.pop_front();
            self.dropped.set(self.dropped.get() + 1);
        }
        waiting.push_back(event);
        self.wake();
    }

    fn end(queue: &Weak<Self>) {
        if let Some(queue) = queue.upgrade() {
            queue.ended.set(true);
            queue.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Events {
    /// How many events were dropped because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped.get()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.queue.waiting.borrow_mut().pop_front() {
            return Poll::Ready(Some(event));
        }
        if self.queue.ended.get() {
            return Poll::Ready(None);
        }
        self.queue.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}
