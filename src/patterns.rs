//! What the gateway does for a client until it is told not to: topics, variables, queues, signals, and procedures that it serves.
//!
//! All but topics it is asked for by calls of its own address, and what it says unasked is an *invocation*: an `RPCMessage`
//! outside of any event, whose `reply_to` says what it is.

mod jobs;
mod procedures;
pub mod signals;
mod subscription;
mod variables;
mod wish;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    mem::replace,
    rc::Rc,
};

use futures_util::{
    StreamExt,
    future::{LocalBoxFuture, Shared},
    stream,
};
use gloo_timers::future::TimeoutFuture;
pub use jobs::{Consumer, Job};
use procedures::Procedure;
pub use procedures::Served;
use signals::About;
pub use subscription::Subscription;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    opentera::{RpcMessage, Value, value::ArgValue},
};
pub use variables::Watch;
use wasm_bindgen_futures::spawn_local;
use wish::ended;

use crate::{driver::Driver, events::Received, pending::Pending, queue::Listeners};

/// When what could not be renewed, or ended, is tried again, in milliseconds.
const AGAIN: u32 = 1000;
/// So much is renewed at once: the application's requests need places too.
const RENEWED_AT_ONCE: usize = 64;

/// Something that the gateway does, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Service {
    /// Brings what is published on the topics of a pattern. The link renews it in a new session.
    Topic(String),
    /// Brings what a variable is and becomes.
    Variable(String),
    /// Brings jobs.
    Queue(String),
    /// Has this client carry out a procedure.
    Procedure(String),
}

/// What belongs to a service besides its name.
#[derive(Clone)]
enum Detail {
    Nothing,
    /// Most jobs at a time.
    Prefetch(u32),
    /// What is carried out.
    Procedure(Procedure),
}

/// What the gateway answers when it is asked to begin, or to end.
type Ready = Shared<LocalBoxFuture<'static, Result<(), TeraError>>>;

/// A service that somebody wants.
struct Wanted {
    users: usize,
    detail: Detail,
    /// Whether the gateway did it for any of the users.
    has_begun: bool,
    /// Whether the gateway does it, as it was asked last.
    ready: Ready,
    /// What the gateway has said last, of a variable.
    last: Option<Vec<Value>>,
}

/// The patterns of one client.
#[derive(Default)]
pub(crate) struct Patterns {
    wanted: RefCell<HashMap<Service, Wanted>>,
    /// What is being ended.
    ending: RefCell<HashMap<Service, Ready>>,
    /// What could not be ended in this session, so that it may go on for nobody.
    unended: RefCell<HashSet<Service>>,
    /// Counts the sessions that followed one that was lost.
    sessions: Cell<u32>,
    topics: Listeners<String, (String, Received)>,
    invocations: Listeners<Service, Vec<Value>>,
    /// Signals, as JSON.
    signals: Listeners<About, Rc<str>>,
}

impl Patterns {
    /// Hands an event to those who have subscribed to its topic.
    pub(crate) fn heard(&self, topic: &str, received: &Received) {
        let item = (topic.to_owned(), received.clone());
        self.topics.tell(|pattern| subscription::covers(pattern, topic), &item);
    }

    /// Does what the gateway calls this client for; false if it is nothing known.
    pub(crate) fn invoked(&self, driver: &Rc<Driver>, rpc: RpcMessage) -> bool {
        match &*rpc.reply_to {
            "call" => self.run(driver, rpc),
            "job" => {
                let queue = Service::Queue(text(&rpc.args, 0));
                self.invocations.tell(|about| *about == queue, &rpc.args);
            }
            "variable" => {
                let variable = Service::Variable(text(&rpc.args, 0));
                self.invocations.tell(|about| *about == variable, &rpc.args);
                if let Some(wanted) = self.wanted.borrow_mut().get_mut(&variable) {
                    wanted.last = Some(rpc.args);
                }
            }
            "signal" => driver.host.signal(&text(&rpc.args, 0)),
            _ => return false,
        }
        true
    }

    /// Hands a signal to those whom it concerns.
    ///
    /// # Errors
    ///
    /// `invalid_message`: it can't be read.
    pub(crate) fn signalled(&self, json: &str) -> Result<(), TeraError> {
        let signal = About::read(json)?;
        self.signals.tell(|about| *about == signal, &Rc::from(json));
        Ok(())
    }

    /// The gateway has forgotten the session: what it did for this client, it shall do again.
    pub(crate) fn renew(&self, driver: &Rc<Driver>) {
        let session = self.sessions.get().wrapping_add(1);
        self.sessions.set(session);
        self.unended.take();
        let wanted = self.wanted.borrow();
        let lost = wanted.keys().filter(|service| !matches!(service, Service::Topic(_)));
        let renewals: Vec<_> =
            lost.map(|service| renew(Rc::clone(driver), service.clone(), session)).collect();
        spawn_local(stream::iter(renewals).for_each_concurrent(RENEWED_AT_ONCE, |renewal| renewal));
    }

    /// The client is closed.
    pub(crate) fn end(&self) {
        self.topics.end();
        self.invocations.end();
        self.signals.end();
        // What a procedure holds, and a request that is cancelled, may come back here when they are dropped.
        drop(self.wanted.take());
    }

    fn is_wanted(&self, service: &Service) -> bool {
        self.wanted.borrow().contains_key(service)
    }

    /// Whether the gateway may do it for nobody.
    fn is_unended(&self, service: &Service) -> bool {
        self.unended.borrow().contains(service)
    }

    /// Whether the gateway has still to end it.
    fn is_ending(&self, service: &Service) -> bool {
        self.ending.borrow().contains_key(service) || self.is_unended(service)
    }

    /// One more wants it; the gateway was asked.
    fn want(&self, service: &Service, detail: Detail, ready: Ready) {
        let mut all = self.wanted.borrow_mut();
        let nobody = || Wanted { users: 0, detail, has_begun: false, ready: ready.clone(), last: None };
        let wanted = all.entry(service.clone()).or_insert_with(nobody);
        wanted.users += 1;
        wanted.ready = ready;
    }

    /// Notes whether the gateway `does` it for one of its users, and says whether it did for any.
    fn note_begun(&self, service: &Service, does: bool) -> bool {
        if does {
            self.unended.borrow_mut().remove(service);
        }
        self.wanted.borrow_mut().get_mut(service).is_some_and(|wanted| {
            wanted.has_begun |= does;
            wanted.has_begun
        })
    }
}

impl Service {
    fn begin(&self, driver: &Rc<Driver>, detail: &Detail) -> Result<Pending, TeraError> {
        let (method, name) = match self {
            Self::Topic(pattern) => {
                return Pending::begin(driver, |connection, now| connection.subscribe(now, pattern, None));
            }
            Self::Variable(name) => ("watch", name),
            Self::Queue(name) => ("consume", name),
            Self::Procedure(name) => ("serve", name),
        };
        let prefetch = match detail {
            &Detail::Prefetch(prefetch) => Some(ArgValue::UintValue(prefetch.into())),
            _ => None,
        };
        Pending::command(driver, method, [ArgValue::StringValue(name.clone())].into_iter().chain(prefetch))
    }

    fn end(&self, driver: &Rc<Driver>) -> Result<Pending, TeraError> {
        let (method, name) = match self {
            Self::Topic(pattern) => {
                return Pending::begin(driver, |connection, now| connection.unsubscribe(now, pattern, None));
            }
            Self::Variable(name) => ("unwatch", name),
            Self::Queue(name) => ("stop", name),
            Self::Procedure(name) => ("withdraw", name),
        };
        Pending::command(driver, method, [ArgValue::StringValue(name.clone())])
    }
}

/// Has the gateway do something again. Who waits for it is told nothing, so what can't be begun now is begun later.
async fn renew(driver: Rc<Driver>, service: Service, session: u32) {
    let patterns = &driver.host.patterns;
    let mut is_first = true;
    loop {
        let detail = patterns.wanted.borrow().get(&service).map(|wanted| wanted.detail.clone());
        // Meanwhile it may have ended, or the next session has come.
        let Some(detail) = detail.filter(|_| patterns.sessions.get() == session) else { return };
        let Err(error) = ended(service.begin(&driver, &detail)).await else { return };
        if patterns.sessions.get() != session {
            return;
        }
        let is_later = passes(&error);
        // It is told once that it is tried again, and whenever it is not.
        if replace(&mut is_first, false) || !is_later {
            let yet = if is_later { " yet" } else { "" };
            let description = format!(
                "What the last session had can't be renewed{yet}: {service:?}: {}",
                error.description
            );
            driver.host.warn(TeraError::new(error.code, description).with_help(error.into_details().help));
        }
        if !is_later {
            return;
        }
        TimeoutFuture::new(AGAIN).await;
    }
}

/// Whether the same may succeed a little later.
fn passes(error: &TeraError) -> bool {
    matches!(
        error.code,
        ErrorCode::Timeout | ErrorCode::Uncertain | ErrorCode::Unavailable | ErrorCode::QueueFull
    )
}

/// The text at this place; empty if there is none.
fn text(args: &[Value], place: usize) -> String {
    match args.get(place).and_then(|value| value.arg_value.as_ref()) {
        Some(ArgValue::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}
