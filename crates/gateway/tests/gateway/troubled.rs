//! A bus in trouble: some of what is published waits until the test lets it through, or fails.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tera_gateway::bus::{Bus, BusError, BusFuture, Embedded, Queues, Subscription, Variables};
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Troubled {
    bus: Embedded,
    slow: &'static str,
    pub(crate) is_open: watch::Sender<bool>,
    /// The topics that nothing can be published on hold this. All hold nothing at all: then the bus is lost.
    pub(crate) failing: watch::Sender<Option<String>>,
}

impl Troubled {
    /// What is published on topics that hold `slow` waits until the bus is open.
    pub(crate) fn new(slow: &'static str) -> Arc<Self> {
        let (is_open, failing) = (watch::Sender::new(false), watch::Sender::new(None));
        Arc::new(Self { bus: Embedded::default(), slow, is_open, failing })
    }
}

impl Bus for Troubled {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64> {
        Box::pin(async move {
            if topic.contains(self.slow) {
                self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
            }
            if self.failing.borrow().as_ref().is_some_and(|failing| topic.contains(failing)) {
                return Err(BusError::new("it is lost"));
            }
            self.bus.publish(topic, payload).await
        })
    }

    fn listeners<'a>(&'a self, topic: &'a str) -> BusFuture<'a, u64> {
        self.bus.listeners(topic)
    }

    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription> {
        self.bus.subscribe(topics, capacity)
    }

    fn store_ticket<'a>(&'a self, key: &'a str, value: &'a str, ttl: Duration) -> BusFuture<'a, ()> {
        self.bus.store_ticket(key, value, ttl)
    }

    fn take_ticket<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        self.bus.take_ticket(key)
    }

    fn take_login<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        self.bus.take_login(key)
    }

    fn queues(&self) -> &dyn Queues {
        self.bus.queues()
    }

    fn variables(&self) -> &dyn Variables {
        self.bus.variables()
    }

    fn is_healthy(&self) -> bool {
        self.failing.borrow().as_deref() != Some("")
    }
}
