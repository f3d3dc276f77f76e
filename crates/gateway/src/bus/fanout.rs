//! Fan-out within this process: who listens to which topic.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::{BusError, Delivery, mailbox::Mailbox, subscription::Subscription};
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
    /// Told when filters were confirmed or refused; the value means nothing.
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
    /// Those with subscribers that the upstream bus refuses to deliver, and why.
    refused: HashMap<Filter, BusError>,
    /// Those, by their ids, for whom the upstream bus may have lost messages, until their filters are confirmed again.
    owed: HashMap<u64, Owed>,
    last_id: u64,
}

/// A subscriber that has to hear of a loss.
#[derive(Debug)]
struct Owed {
    mailbox: Arc<Mailbox>,
    /// It has heard of what was lost until the bus delivered something again.
    is_told: bool,
}

/// Delivers to a subscriber, who hears of a loss before the first message that comes after it.
fn deliver(owed: &mut HashMap<u64, Owed>, subscriber: &Subscriber, delivery: &Delivery) {
    if let Some(owed) = owed.get_mut(&subscriber.id)
        && !mem::replace(&mut owed.is_told, true)
    {
        subscriber.mailbox.push_lost();
    }
    subscriber.mailbox.push(delivery);
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
            self.refused.remove(filter);
            self.changed.insert(filter.clone());
        }
    }

    /// Whether these are delivered; `None` if that is open.
    fn outcome(&self, filters: &HashSet<Filter>, has_upstream: bool) -> Option<Result<(), BusError>> {
        if let Some(reason) = filters.iter().find_map(|filter| self.refused.get(filter)) {
            return Some(Err(reason.clone()));
        }
        (!has_upstream || filters.is_subset(&self.confirmed)).then_some(Ok(()))
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
        let mut state = self.state();
        let State { topics, patterns, owed, .. } = &mut *state;
        let (topic, exact) = match topics.get_key_value(topic) {
            Some((topic, subscribers)) => (Arc::clone(topic), &subscribers[..]),
            None => (topic.into(), &[][..]),
        };
        let by_pattern: Vec<_> =
            patterns.iter().filter(|(pattern, _)| pattern.matches(&topic)).map(|each| each.1).collect();
        let delivery = Delivery::new(topic, payload);
        if by_pattern.is_empty() {
            for subscriber in exact {
                deliver(owed, subscriber, &delivery);
            }
            return exact.len() as u64;
        }
        let mut reached = HashSet::new();
        for subscriber in exact.iter().chain(by_pattern.into_iter().flatten()) {
            if reached.insert(subscriber.id) {
                deliver(owed, subscriber, &delivery);
            }
        }
        reached.len() as u64
    }

    /// How many listen to this topic itself.
    pub(super) fn listeners(&self, topic: &str) -> u64 {
        self.state().topics.get(topic).map_or(0, |subscribers| subscribers.len() as u64)
    }

    /// The filters that came or went since the last call, each with whether it has a subscriber now.
    pub(super) fn take_changed(&self) -> Vec<(Filter, bool)> {
        let mut state = self.state();
        let changed = mem::take(&mut state.changed);
        changed.into_iter().map(|filter| (filter.clone(), state.has(&filter))).collect()
    }

    /// Every filter that has a subscriber; none of them counts as confirmed, refused or changed any more. Subscribers that messages
    /// may be lost for will get to know when all is confirmed again, and before what is delivered until then.
    pub(super) fn restart(&self) -> Vec<Filter> {
        let mut state = self.state();
        state.changed.clear();
        state.refused.clear();
        for owed in state.owed.values_mut() {
            owed.is_told = false;
        }
        for filter in mem::take(&mut state.confirmed) {
            for Subscriber { id, mailbox } in state.subscribers(&filter).clone() {
                state.owed.entry(id).or_insert(Owed { mailbox, is_told: false });
            }
        }
        state.filters().collect()
    }

    /// The upstream bus refuses to deliver these.
    pub(super) fn refuse(&self, filters: HashMap<Filter, BusError>) {
        let mut state = self.state();
        for (filter, reason) in filters {
            if state.has(&filter) {
                state.refused.insert(filter, reason);
            }
        }
        drop(state);
        self.confirmations.send_replace(());
    }

    /// The upstream bus delivers these now: after a [restart](Self::restart), all that it returned and did not
    /// [refuse](Self::refuse).
    pub(super) fn confirm(&self, filters: impl IntoIterator<Item = Filter>) {
        let mut state = self.state();
        for filter in filters {
            if state.has(&filter) {
                state.refused.remove(&filter);
                state.confirmed.insert(filter);
            }
        }
        // Also those who have been told already: what was delivered since may have come for some of their filters only.
        for owed in mem::take(&mut state.owed).into_values() {
            owed.mailbox.push_lost();
        }
        drop(state);
        self.confirmations.send_replace(());
    }

    /// Waits until everything that these filters are for is delivered.
    ///
    /// # Errors
    ///
    /// One of them is refused.
    pub(super) async fn confirmed(&self, filters: &HashSet<Filter>) -> Result<(), BusError> {
        let mut confirmations = self.confirmations.subscribe();
        loop {
            if let Some(outcome) = self.state().outcome(filters, self.has_upstream) {
                return outcome;
            }
            // The sender is a field of `self`: it can't be gone.
            _ = confirmations.changed().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Received;

    fn show(subscription: &Subscription) -> Vec<String> {
        std::iter::from_fn(|| subscription.try_receive())
            .map(|received| match received {
                Received::Message(delivery) => delivery.topic().to_owned(),
                Received::Missed(..) => "missed".to_owned(),
                Received::Lost => "lost".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_loss_is_told_when_all_is_confirmed_again_and_before_what_comes_until_then() {
        let fanout = Fanout::new(true);
        let quiet = fanout.subscribe(&["a".to_owned()], 8);
        let busy = fanout.subscribe(&["a".to_owned(), "b".to_owned()], 8);
        let shown = || [&quiet, &busy].map(show);
        fanout.confirm(fanout.restart());
        assert_eq!(shown(), [[""; 0]; 2], "nothing was delivered before");

        let filters = fanout.restart();
        assert_eq!(shown(), [[""; 0]; 2], "more may be lost until all is confirmed");
        fanout.confirm(filters);
        assert_eq!(shown(), [["lost"]; 2]);

        fanout.restart();
        fanout.publish("b", Bytes::new());
        fanout.publish("b", Bytes::new());
        assert_eq!(shown(), [vec![], vec!["lost", "b", "b"]]);
        // The attempt has failed, and is made again.
        let filters = fanout.restart();
        fanout.publish("b", Bytes::new());
        assert_eq!(shown(), [vec![], vec!["lost", "b"]]);
        let late = fanout.subscribe(&["a".to_owned()], 8);
        fanout.confirm(filters);
        fanout.publish("a", Bytes::new());
        assert_eq!(shown(), [["lost", "a"]; 2]);
        assert_eq!(show(&late), ["a"], "it has lost nothing");
    }
}
