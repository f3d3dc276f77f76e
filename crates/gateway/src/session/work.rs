//! What a client wants done: published, sent, subscribed to and unsubscribed from, one after the other.

use std::{
    collections::{HashSet, VecDeque},
    future,
    pin::Pin,
    sync::Arc,
};

use prost::{Message as _, Name as _};
use prost_types::Any;
use tera_protocol::{
    any::type_name,
    error::{ErrorCode, TeraError},
    link::session::{
        Correlation, MAX_RECIPIENTS, Operation, Publication, SessionId, check_no_command, forbidden,
    },
    opentera::TeraEvent,
};
use tera_signals::is_signal_topic;

use super::{
    calls::{Calls, Reply},
    commands,
    queues::Jobs,
    signals,
    variables::Watched,
};
use crate::{
    bus::{BusError, Filter, Subscription},
    config::Account,
    events,
    gateway::Gateway,
    pattern::{Pattern, PatternError},
};

/// What may wait. The session bounds publications and signals, but not operations whose requests were cancelled.
const MAX_WAITING: usize = 1024;
/// The same in frames of the largest size: so much is one for as many recipients as it may have.
const MAX_WAITING_FRAMES: usize = MAX_RECIPIENTS;

/// How something went.
pub(super) enum Outcome {
    /// The number of receivers.
    Published(Publication, Result<u64, TeraError>),
    /// Of the request with this number; a pattern that is to be forgotten because its subscription failed.
    Operated(u64, Result<Option<String>, TeraError>, Option<Pattern>),
    /// Of a signal that came as a text message.
    Signalled(Result<(), TeraError>),
    /// A reply to a call went out, or could not.
    Replied,
}

pub(super) type Task = Pin<Box<dyn Future<Output = Outcome> + Send>>;
/// How an operation goes on: with JSON text if it brings something.
pub(super) type Operating = Pin<Box<dyn Future<Output = Result<Option<String>, TeraError>> + Send>>;

pub(super) enum Item {
    Publication(Publication),
    Operation(u64, Operation),
    Signal(String),
    /// Refuses a call.
    Reply(Reply),
}

impl Item {
    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        match self {
            Self::Publication(publication) => publication.payload.len(),
            Self::Operation(_, Operation::Command(call)) => {
                // Small arguments take more here than when they are sent.
                call.encoded_len() + size_of_val(&call.args[..])
            }
            Self::Operation(_, Operation::Publish { message, .. }) => message.value.len(),
            Self::Operation(_, Operation::Subscribe(pattern) | Operation::Unsubscribe(pattern)) => {
                pattern.len()
            }
            Self::Signal(text) => text.len(),
            Self::Reply((_, payload)) => payload.len(),
        }
    }

    /// How it went, as nothing was done.
    fn refused(self, error: TeraError) -> Outcome {
        match self {
            Self::Publication(publication) => Outcome::Published(publication, Err(error)),
            Self::Operation(id, _) => Outcome::Operated(id, Err(error), None),
            Self::Signal(_) => Outcome::Signalled(Err(error)),
            // Its caller is left to time out.
            Self::Reply(_) => Outcome::Replied,
        }
    }
}

/// Whose work it is.
pub(super) struct Client<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) account: &'a Account,
    pub(super) session: SessionId,
    pub(super) subscription: &'a mut Subscription,
    pub(super) calls: &'a mut Calls,
    /// Where calls of what it serves are published.
    pub(super) calls_topic: &'a Arc<str>,
    pub(super) jobs: &'a mut Jobs,
    pub(super) watched: &'a mut Watched,
}

pub(super) struct Work {
    waiting: VecDeque<Item>,
    /// The bytes of all that waits, and so many after which nothing more may.
    bytes: usize,
    max_bytes: usize,
    under_way: Option<Task>,
    /// What the session gets unasked.
    granted: HashSet<Filter>,
    /// What the client has asked for.
    asked: HashSet<Pattern>,
}

impl Work {
    pub(super) fn new(subscription: &Subscription, max_frame_bytes: u32) -> Self {
        let granted = subscription.filters().cloned().collect();
        let max_bytes = (max_frame_bytes as usize).saturating_mul(MAX_WAITING_FRAMES);
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            max_bytes,
            under_way: None,
            granted,
            asked: HashSet::new(),
        }
    }

    /// Puts this behind all that waits. If too much does, that is how it went.
    pub(super) fn push(&mut self, item: Item) -> Option<Outcome> {
        if self.waiting.len() >= MAX_WAITING || self.bytes >= self.max_bytes {
            let error = TeraError::new(ErrorCode::QueueFull, "too many requests wait to be carried out");
            return Some(item.refused(error.with_help("Wait for earlier ones.")));
        }
        self.bytes += item.bytes();
        self.waiting.push_back(item);
        None
    }

    /// Nobody waits any more for an operation: it isn't done, unless it has begun. Who is subscribed to what stays as the
    /// client asked for it.
    pub(super) fn abandon(&mut self, id: u64) {
        let is_abandoned = |item: &Item| match item {
            Item::Operation(known, Operation::Command(_) | Operation::Publish { .. }) => *known == id,
            _ => false,
        };
        self.take_out(is_abandoned);
    }

    /// Nobody waits any more for the answer to this request: if it has not begun to go out, it doesn't, and is returned.
    pub(super) fn withdraw(&mut self, request: Correlation) -> Option<Publication> {
        let is_request =
            |item: &Item| matches!(item, Item::Publication(each) if each.request == Some(request));
        match self.take_out(is_request) {
            Some(Item::Publication(publication)) => Some(publication),
            _ => None,
        }
    }

    fn take_out(&mut self, is_wanted: impl Fn(&Item) -> bool) -> Option<Item> {
        let place = self.waiting.iter().position(is_wanted)?;
        let item = self.waiting.remove(place)?;
        self.bytes -= item.bytes();
        Some(item)
    }

    /// Begins with what comes next, unless something is under way. True if something is then.
    pub(super) fn start(&mut self, client: &mut Client<'_>) -> bool {
        if self.under_way.is_none() {
            let Some(item) = self.waiting.pop_front() else { return false };
            self.bytes -= item.bytes();
            self.under_way = Some(match item {
                Item::Publication(publication) => publish(client.gateway, publication),
                Item::Operation(id, operation) => self.operate(client, id, operation),
                Item::Signal(text) => signal(client, &text),
                Item::Reply(reply) => send_reply(client.gateway, reply),
            });
        }
        true
    }

    /// Waits for what is under way; for ever, if nothing is. Cancel-safe.
    pub(super) async fn next(&mut self) -> Outcome {
        let Some(task) = &mut self.under_way else { return future::pending().await };
        let outcome = task.await;
        self.under_way = None;
        outcome
    }

    /// The client gets no more what this pattern covers, unless it gets it unasked.
    pub(super) fn forget(&mut self, pattern: &Pattern, subscription: &mut Subscription) {
        let filter = Filter::from(pattern);
        if self.asked.remove(pattern) && !self.granted.contains(&filter) {
            subscription.remove(&filter);
        }
    }

    fn operate(&mut self, client: &mut Client<'_>, id: u64, operation: Operation) -> Task {
        let mut undo = None;
        let begun = match operation {
            Operation::Subscribe(pattern) => self.subscribe(client, &pattern, &mut undo),
            Operation::Unsubscribe(pattern) => parsed(&pattern).map(|pattern| {
                self.forget(&pattern, client.subscription);
                Box::pin(future::ready(Ok(None))) as Operating
            }),
            Operation::Publish { topic, message } => publish_event(client, topic, message),
            Operation::Command(call) => commands::begin(client, &call),
        };
        Box::pin(async move {
            let result = match begun {
                Ok(operating) => operating.await,
                Err(refusal) => Err(refusal),
            };
            let undo = undo.filter(|_| result.is_err());
            Outcome::Operated(id, result, undo)
        })
    }

    /// `added` is set to the pattern if it is new.
    fn subscribe(
        &mut self,
        client: &mut Client<'_>,
        pattern: &str,
        added: &mut Option<Pattern>,
    ) -> Result<Operating, TeraError> {
        let pattern = parsed(pattern)?;
        let filter = Filter::from(&pattern);
        let config = &client.gateway.config;
        if !config.grants.of(client.account.kind).may_subscribe(&pattern) {
            return Err(forbidden(format!("this identity may not subscribe to {pattern}")));
        }
        if !self.asked.contains(&pattern) {
            if client.subscription.filters().count() >= config.limits.subscriptions {
                return Err(TeraError::new(ErrorCode::QueueFull, "too many subscriptions").with_help(
                    "Unsubscribe from others, or raise the limit in the gateway's configuration.",
                ));
            }
            client.subscription.add(filter.clone());
            self.asked.insert(pattern.clone());
            *added = Some(pattern);
        }
        let confirmed = client.subscription.confirmed_of(&filter);
        Ok(Box::pin(async move { confirmed.await.map(|()| None).map_err(unavailable) }))
    }
}

fn publish(gateway: &Gateway, publication: Publication) -> Task {
    let bus = Arc::clone(&gateway.bus);
    Box::pin(async move {
        let receivers = bus.publish(&publication.topic, publication.payload.clone()).await;
        Outcome::Published(publication, receivers.map_err(lost))
    })
}

fn signal(client: &Client<'_>, text: &str) -> Task {
    let begun = signals::send(client, text, None);
    Box::pin(async move {
        let result = match begun {
            Ok(sending) => sending.await.map(|_| ()),
            Err(refusal) => Err(refusal),
        };
        Outcome::Signalled(result)
    })
}

/// Publishes the answer to a call.
pub(super) fn send_reply(gateway: &Gateway, (channel, payload): Reply) -> Task {
    let bus = Arc::clone(&gateway.bus);
    Box::pin(async move {
        if let Err(error) = bus.publish(&channel, payload).await {
            tracing::warn!(%error, "could not answer a call");
        }
        Outcome::Replied
    })
}

/// Publishes a message as an event of this topic.
fn publish_event(client: &Client<'_>, topic: String, message: Any) -> Result<Operating, TeraError> {
    if parsed(&topic)?.topic().is_none() {
        return Err(TeraError::new(ErrorCode::InvalidArgument, "a message is published on one topic"));
    }
    let gateway = client.gateway;
    if is_signal_topic(&topic) {
        // Who it is from could not be checked.
        return Err(TeraError::new(ErrorCode::Forbidden, format!("only signals are published on {topic}"))
            .with_help("Send a signal."));
    }
    if !gateway.config.grants.of(client.account.kind).may_publish(&topic) {
        return Err(forbidden(format!("this identity may not publish on {topic}")));
    }
    let events = match type_name(&message.type_url) == TeraEvent::full_name() {
        true => {
            TeraEvent::decode(&message.value[..])
                .map_err(|error| TeraError::new(ErrorCode::InvalidMessage, error.to_string()))?
                .events
        }
        false => vec![message],
    };
    check_no_command(&events)?;
    let (bus, at) = (Arc::clone(&gateway.bus), gateway.clock.unix_seconds());
    Ok(Box::pin(async move { events::publish(&*bus, &topic, events, at).await.map(|_| None).map_err(lost) }))
}

fn parsed(pattern: &str) -> Result<Pattern, TeraError> {
    let refused = |error: PatternError| TeraError::new(ErrorCode::InvalidArgument, error.to_string());
    pattern.parse().map_err(refused)
}

/// Why a request failed that changes something: it may have done so.
pub(super) fn lost(error: BusError) -> TeraError {
    if !error.is_uncertain() {
        return unavailable(error);
    }
    tracing::warn!(%error, "a request may or may not have been carried out");
    TeraError::new(
        ErrorCode::Uncertain,
        "the gateway lost its message bus before it heard whether this was done",
    )
    .with_help("Find out whether it was before you ask for it again.")
}

/// Why a request failed that was not carried out, or only reads.
pub(super) fn unavailable(error: BusError) -> TeraError {
    tracing::warn!(%error, "could not carry out a request");
    if error.is_of_key() {
        return TeraError::new(ErrorCode::Unavailable, "the message bus can't work with what has this name")
            .with_help("The gateway's log says why: something else may have this name, or the gateway no right to it.");
    }
    TeraError::new(ErrorCode::Unavailable, "the gateway has lost its message bus")
        .with_help("Try again later.")
}
