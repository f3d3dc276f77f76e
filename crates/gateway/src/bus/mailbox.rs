//! What waits for a subscriber: bounded, and exact about what it had no room for.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{Delivery, subscription::Received};

/// A bounded queue between the fan-out and one subscriber.
#[derive(Debug)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
    capacity: usize,
}

/// What waits. Once something is missed nothing more is taken in, until the subscriber has heard of it: so the order holds.
#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<Received>,
    missed: Vec<(Arc<str>, u64)>,
    lost: bool,
}

impl Mailbox {
    /// At most so many messages wait; 1 at least.
    pub(super) fn new(capacity: usize) -> Self {
        Self { waiting: Mutex::default(), changed: Notify::new(), capacity: capacity.max(1) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message in, or counts it as missed.
    pub(super) fn push(&self, delivery: &Delivery) {
        let mut waiting = self.waiting();
        if waiting.missed.is_empty() && !waiting.lost && waiting.queue.len() < self.capacity {
            waiting.queue.push_back(Received::Message(delivery.clone()));
        } else {
            waiting.miss(delivery.shared_topic());
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Messages were lost before they came here.
    pub(super) fn push_lost(&self) {
        let mut waiting = self.waiting();
        if waiting.missed.is_empty() && waiting.queue.len() < self.capacity {
            waiting.queue.push_back(Received::Lost);
        } else {
            waiting.lost = true;
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Waits for the next. Cancel-safe.
    pub(super) async fn next(&self) -> Received {
        loop {
            if let Some(received) = self.try_next() {
                return received;
            }
            self.changed.notified().await;
        }
    }

    /// The next, if there is one already.
    pub(super) fn try_next(&self) -> Option<Received> {
        self.waiting().take()
    }
}

impl Waiting {
    fn miss(&mut self, topic: &Arc<str>) {
        match self.missed.iter_mut().find(|(known, _)| known == topic) {
            Some((_, count)) => *count += 1,
            None => self.missed.push((Arc::clone(topic), 1)),
        }
    }

    fn take(&mut self) -> Option<Received> {
        if let Some(received) = self.queue.pop_front() {
            return Some(received);
        }
        if let Some((topic, count)) = self.missed.pop() {
            return Some(Received::Missed(topic, count));
        }
        std::mem::take(&mut self.lost).then_some(Received::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(mailbox: &Mailbox, topic: &str) {
        mailbox.push(&Delivery::new(topic.into(), bytes::Bytes::new()));
    }

    fn show(mailbox: &Mailbox) -> Vec<String> {
        let mut waiting = mailbox.waiting();
        std::iter::from_fn(|| waiting.take())
            .map(|received| match received {
                Received::Message(delivery) => delivery.topic().to_owned(),
                Received::Missed(topic, count) => format!("{count} of {topic} missed"),
                Received::Lost => "lost".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_finds_no_room_is_counted_by_topic_and_told_in_its_place() {
        let mailbox = Mailbox::new(2);
        for topic in ["a", "b", "a", "b", "a"] {
            push(&mailbox, topic);
        }
        assert_eq!(show(&mailbox), ["a", "b", "1 of b missed", "2 of a missed"]);
        push(&mailbox, "c");
        assert_eq!(show(&mailbox), ["c"]);
    }

    #[test]
    fn nothing_passes_what_is_missed_or_lost() {
        let mailbox = Mailbox::new(2);
        push(&mailbox, "a");
        mailbox.push_lost();
        push(&mailbox, "b");
        mailbox.push_lost();
        assert_eq!(show(&mailbox), ["a", "lost", "1 of b missed", "lost"]);
        assert_eq!(show(&mailbox), [""; 0]);
    }

    #[tokio::test]
    async fn a_waiting_subscriber_is_woken() {
        let mailbox = Arc::new(Mailbox::new(1));
        let other = Arc::clone(&mailbox);
        let waiting = tokio::spawn(async move { other.next().await });
        tokio::task::yield_now().await;
        push(&mailbox, "a");
        assert!(matches!(waiting.await, Ok(Received::Message(_))));
    }
}
