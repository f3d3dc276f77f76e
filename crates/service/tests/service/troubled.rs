//! A bus in trouble: what is published for services is lost, or may be.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use prost::{Message as _, Name, bytes::Bytes};
use tera_gateway::bus::{BusFuture, Queues, Subscription, Variables};
use tera_service::{
    Bus, BusError, Embedded, Failure,
    opentera::{TeraEvent, TeraModuleMessage},
    wire::{Flow, Item},
};

#[derive(Debug, Default)]
pub(crate) struct Troubled {
    bus: Embedded,
    /// What tells how much a stream may send is lost on the way.
    pub(crate) loses_flows: AtomicBool,
    /// Somebody listens to everything, by a pattern.
    pub(crate) is_watched: AtomicBool,
    /// Nobody knows what becomes of anything.
    pub(crate) is_uncertain: AtomicBool,
    /// Nobody knows what becomes of the next item of a stream. It is lost.
    pub(crate) loses_an_item: AtomicBool,
    /// Nobody knows what becomes of the next item of a stream. It arrives.
    pub(crate) doubts_an_item: AtomicBool,
    /// Who publishes a failure waits for ever.
    pub(crate) holds_failures: AtomicBool,
    /// Who publishes waits for ever.
    pub(crate) holds_messages: AtomicBool,
    /// Who subscribes waits for ever.
    pub(crate) holds_subscriptions: AtomicBool,
}

impl Troubled {
    pub(crate) fn new() -> (Arc<Self>, Arc<dyn Bus>) {
        let bus = Arc::<Self>::default();
        (Arc::clone(&bus), bus)
    }
}

fn holds<M: Name + Default>(payload: &Bytes) -> bool {
    let message = TeraModuleMessage::decode(payload.clone());
    message.is_ok_and(|message| message.data.iter().any(|any| any.to_msg::<M>().is_ok()))
}

fn is_item(payload: &Bytes) -> bool {
    let event = TeraEvent::decode(payload.clone());
    event.is_ok_and(|event| event.events.iter().any(|any| any.to_msg::<Item>().is_ok()))
}

impl Bus for Troubled {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64> {
        Box::pin(async move {
            if self.is_uncertain.load(Ordering::Relaxed) {
                return Err(BusError::new("it did not answer").uncertain());
            }
            if is_item(&payload) && self.loses_an_item.swap(false, Ordering::Relaxed) {
                return Err(BusError::new("it did not answer").uncertain());
            }
            if is_item(&payload) && self.doubts_an_item.swap(false, Ordering::Relaxed) {
                self.bus.publish(topic, payload).await?;
                return Err(BusError::new("it did not answer").uncertain());
            }
            if self.loses_flows.load(Ordering::Relaxed) && holds::<Flow>(&payload) {
                return Ok(1);
            }
            if self.holds_messages.load(Ordering::Relaxed)
                || self.holds_failures.load(Ordering::Relaxed) && holds::<Failure>(&payload)
            {
                return future::pending().await;
            }
            let watchers = u64::from(self.is_watched.load(Ordering::Relaxed));
            Ok(self.bus.publish(topic, payload).await? + watchers)
        })
    }

    fn listeners<'a>(&'a self, topic: &'a str) -> BusFuture<'a, u64> {
        self.bus.listeners(topic)
    }

    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription> {
        if self.holds_subscriptions.load(Ordering::Relaxed) {
            return Box::pin(future::pending());
        }
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
