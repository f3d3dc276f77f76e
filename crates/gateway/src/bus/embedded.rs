//! The bus within this process: for a gateway that stands alone, for tests and for the demo.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{Bus, BusError, BusFuture, Subscription, fanout::Fanout};

/// Most tickets that wait to be taken.
const MAX_TICKETS: usize = 100_000;

/// A bus that reaches this process only. Nothing is stored but tickets.
#[derive(Debug)]
pub struct Embedded {
    fanout: Arc<Fanout>,
    tickets: Mutex<HashMap<String, Ticket>>,
}

#[derive(Debug)]
struct Ticket {
    value: String,
    expires: Instant,
}

impl Default for Embedded {
    fn default() -> Self {
        Self { fanout: Fanout::new(false), tickets: Mutex::default() }
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

    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription> {
        Box::pin(async move { Ok(self.fanout.subscribe(topics, capacity)) })
    }

    fn store_ticket<'a>(&'a self, key: &'a str, value: &'a str, ttl: Duration) -> BusFuture<'a, ()> {
        Box::pin(async move { self.keep(key, value, ttl) })
    }

    fn take_ticket<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        Box::pin(async move { Ok(self.take(key)) })
    }

    fn is_healthy(&self) -> bool {
        true
    }
}
