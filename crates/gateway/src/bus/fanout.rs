//! Fan-out within this process: who listens to which topic.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::{Delivery, mailbox::Mailbox, subscription::Subscription};
use crate::pattern::Pattern;

/// What one can listen to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// One topic, whatever it carries.
    Topic(Arc<str>),
    /// The topics that a pattern covers.
    Pattern(Pattern),
}

impl Filter {
    /// The topic or the pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Topic(topic) => topic,
            Self::Pattern(pattern) => pattern.as_str(),
        }
    }
}

impl From<&Pattern> for Filter {
    fn from(pattern: &Pattern) -> Self {
        pattern.topic().map_or_else(|| Self::Pattern(pattern.clone()), |topic| Self::Topic(Arc::clone(topic)))
    }
}

/// The subscribers of every topic and pattern that has any.
#[derive(Debug)]
pub(super) struct Fanout {
    state: Mutex<State>,
    /// False if there is no bus above this process, whose confirmation one would have to wait for.
    has_upstream: bool,
    /// Told when [`Fanout::take_changed`] has something to say.
    pub(super) changes: Notify,
    /// Told when filters were confirmed; the value means nothing.
    confirmations: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Arc<str>, Vec<Subscriber>>,
    patterns: HashMap<Pattern, Vec<Subscriber>>,
    /// Filters that got their first subscriber or lost their last one.
    changed: HashSet<Filter>,
    /// Those with subscribers that the upstream bus delivers.
    confirmed: HashSet<Filter>,
    last_id: u64,
}

/// Who subscribes, and where it gets what it subscribed to.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub(super) id: u64,
    pub(super) mailbox: Arc<Mailbox>,
}

impl State {
    fn subscribers(&mut self, filter: &Filter) -> &mut Vec<Subscriber> {
        match filter {
            Filter::Topic(topic) => self.topics.entry(Arc::clone(topic)).or_default(),
            Filter::Pattern(pattern) => self.patterns.entry(pattern.clone()).or_default(),
        }
    }

    fn has(&self, filter: &Filter) -> bool {
        match filter {
            Filter::Topic(topic) => self.topics.contains_key(topic),
            Filter::Pattern(pattern) => self.patterns.contains_key(pattern),
        }
    }

    fn leave(&mut self, id: u64, filter: &Filter) {
        let subscribers = self.subscribers(filter);
        subscribers.retain(|subscriber| subscriber.id != id);
        if subscribers.is_empty() {
            match filter {
                Filter::Topic(topic) => _ = self.topics.remove(topic),
                Filter::Pattern(pattern) => _ = self.patterns.remove(pattern),
            }
            self.confirmed.remove(filter);
            self.changed.insert(filter.clone());
        }
    }

    fn filters(&self) -> impl Iterator<Item = Filter> {
        let topics = self.topics.keys().cloned().map(Filter::Topic);
        topics.chain(self.patterns.keys().cloned().map(Filter::Pattern))
    }
}

impl Fanout {
    /// `has_upstream`: what is subscribed to has to be [confirmed](Self::confirm).
    pub(super) fn new(has_upstream: bool) -> Arc<Self> {
        let (confirmations, _) = watch::channel(());
        Arc::new(Self { state: Mutex::default(), has_upstream, changes: Notify::new(), confirmations })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a subscriber, at once.
    pub(super) fn subscribe(self: &Arc<Self>, topics: &[String], capacity: usize) -> Subscription {
        let mut state = self.state();
        state.last_id += 1;
        let subscriber = Subscriber { id: state.last_id, mailbox: Arc::new(Mailbox::new(capacity)) };
        drop(state);
        let mut subscription = Subscription::new(subscriber, Arc::clone(self));
        for topic in topics {
            subscription.add(Filter::Topic(topic.as_str().into()));
        }
        subscription
    }

    /// Adds a filter that the subscriber does not have.
    pub(super) fn join(&self, subscriber: Subscriber, filter: &Filter) {
        let mut state = self.state();
        let subscribers = state.subscribers(filter);
        subscribers.push(subscriber);
        if subscribers.len() == 1 {
            state.changed.insert(filter.clone());
        }
        drop(state);
        self.changes.notify_one();
    }

    pub(super) fn leave<'a>(&self, id: u64, filters: impl IntoIterator<Item = &'a Filter>) {
        let mut state = self.state();
        for filter in filters {
            state.leave(id, filter);
        }
        drop(state);
        self.changes.notify_one();
    }

    /// Hands a message to everybody who listens to its topic, once, and says how many there are.
    pub(super) fn publish(&self, topic: &str, payload: Bytes) -> u64 {
        let state = self.state();
        let (topic, exact) = match state.topics.get_key_value(topic) {
            Some((topic, subscribers)) => (Arc::clone(topic), &subscribers[..]),
            None => (topic.into(), &[][..]),
        };
        let by_pattern: Vec<_> =
            state.patterns.iter().filter(|(pattern, _)| pattern.matches(&topic)).map(|each| each.1).collect();
        let delivery = Delivery::new(topic, payload);
        if by_pattern.is_empty() {
            for subscriber in exact {
                subscriber.mailbox.push(&delivery);
            }
            return exact.len() as u64;
        }
        let mut reached = HashSet::new();
        for subscriber in exact.iter().chain(by_pattern.into_iter().flatten()) {
            if reached.insert(subscriber.id) {
                subscriber.mailbox.push(&delivery);
            }
        }
        reached.len() as u64
    }

    /// The filters that came or went since the last call, each with whether it has a subscriber now.
    pub(super) fn take_changed(&self) -> Vec<(Filter, bool)> {
        let mut state = self.state();
        let changed = mem::take(&mut state.changed);
        changed.into_iter().map(|filter| (filter.clone(), state.has(&filter))).collect()
    }

    /// Every filter that has a subscriber; none of them counts as confirmed or changed any more. Subscribers that messages
    /// may have been lost for get to know.
    pub(super) fn restart(&self) -> Vec<Filter> {
        let mut state = self.state();
        state.changed.clear();
        let mut told = HashSet::new();
        for filter in mem::take(&mut state.confirmed) {
            for subscriber in state.subscribers(&filter) {
                if told.insert(subscriber.id) {
                    subscriber.mailbox.push_lost();
                }
            }
        }
        state.filters().collect()
    }

    /// The upstream bus delivers these now.
    pub(super) fn confirm(&self, filters: impl IntoIterator<Item = Filter>) {
        let mut state = self.state();
        for filter in filters {
            if state.has(&filter) {
                state.confirmed.insert(filter);
            }
        }
        drop(state);
        self.confirmations.send_replace(());
    }

    /// Waits until everything that these filters are for is delivered.
    pub(super) async fn confirmed(&self, filters: &HashSet<Filter>) {
        let mut confirmations = self.confirmations.subscribe();
        while self.has_upstream && !filters.is_subset(&self.state().confirmed) {
            // The sender is a field of `self`: it can't be gone.
            _ = confirmations.changed().await;
        }
    }
}
