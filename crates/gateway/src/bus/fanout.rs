//! Fan-out within this process: who listens to which topic.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, watch};

use super::Delivery;

/// The subscribers of every topic that has any.
#[derive(Debug, Default)]
pub(super) struct Fanout {
    state: Mutex<State>,
    /// Told when [`Fanout::take_changed`] has something to say.
    pub(super) changes: Notify,
    /// Told when topics were confirmed; the value means nothing.
    confirmations: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Arc<str>, Vec<Subscriber>>,
    /// Topics that got their first subscriber or lost their last one.
    changed: HashSet<Arc<str>>,
    /// Those among `topics` that the upstream bus delivers.
    confirmed: HashSet<Arc<str>>,
    last_id: u64,
}

#[derive(Debug)]
struct Subscriber {
    id: u64,
    queue: mpsc::Sender<Delivery>,
    lagged: Arc<AtomicU64>,
}

impl Fanout {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a subscriber, at once.
    pub(super) fn subscribe(self: &Arc<Self>, topics: &[String], capacity: usize) -> Subscription {
        let (queue, receiver) = mpsc::channel(capacity.max(1));
        let lagged = Arc::new(AtomicU64::new(0));
        let topics: HashSet<Arc<str>> = topics.iter().map(|topic| topic.as_str().into()).collect();
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        for topic in &topics {
            let subscriber = Subscriber { id, queue: queue.clone(), lagged: Arc::clone(&lagged) };
            let subscribers = state.topics.entry(Arc::clone(topic)).or_default();
            subscribers.push(subscriber);
            if subscribers.len() == 1 {
                state.changed.insert(Arc::clone(topic));
            }
        }
        drop(state);
        self.changes.notify_one();
        Subscription { id, topics, receiver, lagged, fanout: Arc::clone(self) }
    }

    /// Hands a message to every subscriber of its topic and says how many there are.
    pub(super) fn publish(&self, topic: &str, payload: Bytes) -> u64 {
        let state = self.state();
        let Some((topic, subscribers)) = state.topics.get_key_value(topic) else { return 0 };
        let delivery = Delivery::new(Arc::clone(topic), payload);
        for subscriber in subscribers {
            if subscriber.queue.try_send(delivery.clone()).is_err() {
                subscriber.lagged.fetch_add(1, Ordering::Relaxed);
            }
        }
        subscribers.len() as u64
    }

    fn unsubscribe(&self, id: u64, topics: &HashSet<Arc<str>>) {
        let mut state = self.state();
        for topic in topics {
            let Some(subscribers) = state.topics.get_mut(topic) else { continue };
            subscribers.retain(|subscriber| subscriber.id != id);
            if subscribers.is_empty() {
                state.topics.remove(topic);
                state.confirmed.remove(topic);
                state.changed.insert(Arc::clone(topic));
            }
        }
        drop(state);
        self.changes.notify_one();
    }

    /// The topics that came or went since the last call, each with whether it has a subscriber now.
    pub(super) fn take_changed(&self) -> Vec<(Arc<str>, bool)> {
        let mut state = self.state();
        let changed = mem::take(&mut state.changed);
        changed.into_iter().map(|topic| (Arc::clone(&topic), state.topics.contains_key(&topic))).collect()
    }

    /// Every topic that has a subscriber; none of them counts as confirmed or changed any more.
    pub(super) fn restart(&self) -> Vec<Arc<str>> {
        let mut state = self.state();
        state.changed.clear();
        state.confirmed.clear();
        state.topics.keys().cloned().collect()
    }

    /// The upstream bus delivers these topics now.
    pub(super) fn confirm(&self, topics: impl IntoIterator<Item = Arc<str>>) {
        let mut state = self.state();
        for topic in topics {
            if state.topics.contains_key(&topic) {
                state.confirmed.insert(topic);
            }
        }
        drop(state);
        self.confirmations.send_replace(());
    }

    /// Waits until the upstream bus delivers everything that a subscription is for.
    pub(super) async fn confirmed(&self, subscription: &Subscription) {
        let mut confirmations = self.confirmations.subscribe();
        while !subscription.topics.is_subset(&self.state().confirmed) {
            // The sender is a field of `self`: it can't be gone.
            _ = confirmations.changed().await;
        }
    }
}

/// What a subscriber gets.
#[derive(Clone, Debug)]
pub enum Received {
    /// A message.
    Message(Delivery),
    /// So many messages were dropped because the subscriber did not keep up.
    Lagged(u64),
}

/// A bounded queue of what is published on some topics. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    topics: HashSet<Arc<str>>,
    receiver: mpsc::Receiver<Delivery>,
    lagged: Arc<AtomicU64>,
    fanout: Arc<Fanout>,
}

impl Subscription {
    /// Waits for the next message. Cancel-safe.
    pub async fn receive(&mut self) -> Received {
        let lagged = self.lagged.swap(0, Ordering::Relaxed);
        if lagged > 0 {
            return Received::Lagged(lagged);
        }
        match self.receiver.recv().await {
            Some(delivery) => Received::Message(delivery),
            // The fan-out lives as long as this subscription and keeps a sender for each of its topics; without
            // topics there is nothing to come.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.fanout.unsubscribe(self.id, &self.topics);
    }
}
