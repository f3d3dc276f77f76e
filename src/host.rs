//! Whom the driver serves: hands what the machine says to those who wait for it.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use futures_channel::oneshot;
use prost::{Message as _, Name};
use tera_protocol::{
    any::type_name,
    error::TeraError,
    link::{self, Answer, RequestId, State},
    opentera::RpcMessage,
    reader::AnyRef,
    validation::validate,
};

use crate::{
    driver::Driver,
    events::{Event, Events, States, messages},
    patterns::Patterns,
    queue::{LIMIT, Listeners},
    url::Url,
};

type Waiting = HashMap<RequestId, oneshot::Sender<Result<Answer, TeraError>>>;

/// Those who wait. Nothing of the driver is borrowed while it calls, so what is called may call back.
pub(crate) struct Host {
    pub(crate) url: Url,
    pub(crate) patterns: Patterns,
    /// Whether messages are checked.
    pub(crate) validates: Cell<bool>,
    /// Who waits for the first attempt.
    first: Cell<Option<oneshot::Sender<Result<(), TeraError>>>>,
    waiting: RefCell<Waiting>,
    events: Listeners<(), Event>,
    states: Listeners<(), State>,
    /// What came before the application could listen: a plain server's first message is what connects.
    early: Cell<Option<Events>>,
}

impl Host {
    pub(crate) fn new(url: Url, first: oneshot::Sender<Result<(), TeraError>>) -> Self {
        Self {
            url,
            patterns: Patterns::default(),
            validates: Cell::new(false),
            first: Cell::new(Some(first)),
            waiting: RefCell::default(),
            events: Listeners::default(),
            states: Listeners::default(),
            early: Cell::default(),
        }
    }

    /// Keeps every event for whoever listens first, until [`hurry`](Self::hurry).
    pub(crate) fn keep(&self) {
        self.early.set(Some(self.events()));
    }

    /// Who has not listened by now hears what comes from now on.
    pub(crate) fn hurry(&self) {
        drop(self.early.take());
    }

    /// What a request brings.
    pub(crate) fn answer(&self, id: RequestId) -> oneshot::Receiver<Result<Answer, TeraError>> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        receiver
    }

    /// Every event from now on, or that was kept.
    pub(crate) fn events(&self) -> Events {
        self.early.take().unwrap_or_else(|| Events { queue: self.events.add((), LIMIT) })
    }

    /// Every state from now on.
    pub(crate) fn states(&self) -> States {
        States { queue: self.states.add((), LIMIT) }
    }

    /// Tells the application of what nobody waits for.
    pub(crate) fn warn(&self, error: TeraError) {
        self.publish(&Event::Warning(error));
    }

    /// Something happened.
    pub(crate) fn event(&self, driver: &Rc<Driver>, event: link::Event) {
        match event {
            link::Event::State(state) => self.enter(state),
            link::Event::Settled(id, outcome) => {
                let waiting = self.waiting.borrow_mut().remove(&id);
                if let Some(waiting) = waiting {
                    _ = waiting.send(outcome);
                }
            }
            link::Event::Warning(error) => self.warn(error),
            link::Event::Gap(gap) => self.publish(&Event::Gap(gap)),
            link::Event::Resync => {
                self.patterns.renew(driver);
                self.publish(&Event::Resync);
            }
        }
    }

    /// A payload came; what is binary has a topic, empty if no subscription brought it.
    pub(crate) fn payload(&self, driver: &Rc<Driver>, payload: AnyRef<'_>, topic: Option<&str>) {
        if topic.is_some() && self.invoked(driver, payload) {
            return;
        }
        let validates = self.validates.get();
        for received in messages(payload) {
            let received = received.and_then(|received| {
                if validates {
                    validate(&received.message)?;
                }
                Ok(received)
            });
            match received {
                Ok(received) => {
                    if let Some(topic) = topic.filter(|topic| !topic.is_empty()) {
                        self.patterns.heard(topic, &received);
                    }
                    self.publish(&Event::Message(received));
                }
                Err(error) => self.warn(error),
            }
        }
    }

    /// A signal came.
    pub(crate) fn signal(&self, json: &str) {
        if let Err(error) = self.patterns.signalled(json) {
            self.warn(error);
        }
    }

    fn enter(&self, state: State) {
        self.states.tell(|()| true, &state);
        let outcome = match state {
            State::Connected { .. } => Ok(()),
            State::Closed(error) => {
                self.events.end();
                self.states.end();
                self.patterns.end();
                Err(error)
            }
            State::Connecting | State::Disconnected { .. } => return,
        };
        if let Some(first) = self.first.take() {
            _ = first.send(outcome);
        }
    }

    /// Whether the payload is something that the gateway calls this client for, which is done then.
    fn invoked(&self, driver: &Rc<Driver>, payload: AnyRef<'_>) -> bool {
        type_name(payload.type_url) == RpcMessage::full_name()
            && RpcMessage::decode(payload.value).is_ok_and(|rpc| self.patterns.invoked(driver, rpc))
    }

    fn publish(&self, event: &Event) {
        self.events.tell(|()| true, event);
    }
}
