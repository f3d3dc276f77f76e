//! A bus on which some of what is published takes until the test lets it through, or fails.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use tera_gateway::bus::{Bus, BusError, BusFuture, Embedded, Queues, Subscription, Variables};
use tokio::sync::watch;

/// What the name of a service has at its end, to whom everything takes until the bus is open.
pub(crate) const SLOW: &str = "-slow";

#[derive(Debug)]
pub(crate) struct Slow {
    bus: Embedded,
    pub(crate) is_open: watch::Sender<bool>,
    /// The topic on which nothing can be published.
    pub(crate) lost: OnceLock<String>,
}

impl Slow {
    pub(crate) fn closed() -> Arc<Self> {
        Arc::new(Self { bus: Embedded::default(), is_open: watch::Sender::new(false), lost: OnceLock::new() })
    }
}

impl Bus for Slow {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64> {
        Box::pin(async move {
            if topic.contains(SLOW) {
                self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
            }
            if self.lost.get().is_some_and(|lost| lost == topic) {
                return Err(BusError::new("it is lost"));
            }
            self.bus.publish(topic, payload).await
        })
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
        self.bus.is_healthy()
    }
}
