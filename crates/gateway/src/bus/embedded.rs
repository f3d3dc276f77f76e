//! The bus within this process: for a gateway that stands alone, for tests and for the demo.

mod queues;
mod variables;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    Bus, BusError, BusFuture, Consumer, Queues, Subscription, Variables, Watcher, fanout::Fanout,
    queues::Backend, variables::Source,
};

/// Most tickets that wait to be taken.
const MAX_TICKETS: usize = 100_000;

/// A bus that reaches this process only, and ends with it.
#[derive(Debug)]
pub struct Embedded {
    fanout: Arc<Fanout>,
    tickets: Mutex<HashMap<String, Ticket>>,
    queues: Arc<queues::Queues>,
    variables: Arc<variables::Variables>,
}

#[derive(Debug)]
struct Ticket {
    value: String,
    expires: Instant,
}

impl Default for Embedded {
    fn default() -> Self {
        Self {
            fanout: Fanout::new(false),
            tickets: Mutex::default(),
            queues: Arc::default(),
            variables: Arc::default(),
        }
    }
}

impl Embedded {
    fn keep(&self, key: &str, value: &str, ttl: Duration) -> Result<(), BusError> {
        let now = Instant::now();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= MAX_TICKETS {
            tickets.retain(|_, ticket| ticket.expires > now);
        }
        if tickets.len() >= MAX_TICKETS {
            return Err(BusError::new("too many tickets wait to be taken"));
        }
        tickets.insert(key.to_owned(), Ticket { value: value.to_owned(), expires: now + ttl });
        Ok(())
    }

    fn take(&self, key: &str) -> Option<String> {
        let ticket = self.tickets.lock().unwrap_or_else(PoisonError::into_inner).remove(key)?;
        (ticket.expires > Instant::now()).then_some(ticket.value)
    }
}

impl Bus for Embedded {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64> {
        Box::pin(async move { Ok(self.fanout.publish(topic, payload)) })
    }

    fn listeners<'a>(&'a self, topic: &'a str) -> BusFuture<'a, u64> {
        Box::pin(async move { Ok(self.fanout.listeners(topic)) })
    }

    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription> {
        Box::pin(async move { Ok(self.fanout.subscribe(topics, capacity)) })
    }

    fn store_ticket<'a>(&'a self, key: &'a str, value: &'a str, ttl: Duration) -> BusFuture<'a, ()> {
        Box::pin(async move { self.keep(key, value, ttl) })
    }

    fn take_ticket<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        Box::pin(async move { Ok(self.take(key)) })
    }

    /// There is no OpenTera on this bus.
    fn take_login<'a>(&'a self, _key: &'a str) -> BusFuture<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    fn queues(&self) -> &dyn Queues {
        self
    }

    fn variables(&self) -> &dyn Variables {
        self
    }

    fn is_healthy(&self) -> bool {
        true
    }
}

impl Queues for Embedded {
    fn produce<'a>(&'a self, queue: &'a str, item: Bytes, max_jobs: usize) -> BusFuture<'a, Option<String>> {
        Box::pin(async move { self.queues.produce(queue, item, max_jobs) })
    }

    fn check<'a>(&'a self, _: &'a str) -> BusFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn consumer(&self) -> Consumer {
        let consumers = Arc::clone(&self.queues.consumers);
        Consumer::new(consumers, Arc::clone(&self.queues) as Arc<dyn Backend>)
    }
}

impl Variables for Embedded {
    fn get<'a>(&'a self, name: &'a str) -> BusFuture<'a, Option<Bytes>> {
        Box::pin(async move { Ok(self.variables.get(name)) })
    }

    fn set<'a>(
        &'a self,
        name: &'a str,
        value: Option<Bytes>,
        expires_after: Option<Duration>,
        writer: &'a str,
    ) -> BusFuture<'a, bool> {
        Box::pin(async move { self.variables.set(name, value, expires_after, writer) })
    }

    fn watcher(&self) -> Watcher {
        let watchers = Arc::clone(&self.variables.watchers);
        Watcher::new(watchers, Arc::clone(&self.variables) as Arc<dyn Source>)
    }
}
