//! The message bus under the gateway: publish and subscribe by topic, one-time tickets, queues of jobs, and variables.
//!
//! A bus moves bytes and does not look into them. What is published is delivered at most once: what comes while a
//! subscriber is away is gone, as with Redis `PUBLISH`. [`Embedded`] lives in this process; [`Redis`] is the bus of an
//! OpenTera deployment. Both pass the same conformance tests.

mod consumers;
mod copies;
mod embedded;
mod fanout;
mod mailbox;
mod queues;
mod redis;
mod subscription;
mod variables;
mod watchers;

use std::{fmt, pin::Pin, time::Duration};

use bytes::Bytes;

pub use embedded::Embedded;
pub use fanout::Filter;
pub use queues::{Consumer, Job, QueuePolicy, Queues};
pub use redis::Redis;
pub use subscription::{Received, Subscription};
pub use variables::{Change, Variables, Watcher};

use crate::delivery::Delivery;

/// What the operations of a [`Bus`] return.
pub type BusFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BusError>> + Send + 'a>>;

/// The bus can't be reached, or not in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusError {
    reason: String,
    is_uncertain: bool,
    is_of_key: bool,
}

impl BusError {
    /// An error with a sentence that says what failed: nothing was done.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_uncertain: false, is_of_key: false }
    }

    /// The same error, of what may have been done all the same.
    #[must_use]
    pub fn uncertain(self) -> Self {
        Self { is_uncertain: true, ..self }
    }

    /// Whether what failed may have been done all the same.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.is_uncertain
    }

    /// The same error, of a bus that is there and can't work on what was named.
    fn of_key(self) -> Self {
        Self { is_of_key: true, ..self }
    }

    /// Whether the bus is there and can't work on what was named, such as a queue, but on others.
    pub(crate) fn is_of_key(&self) -> bool {
        self.is_of_key
    }
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message bus failed: {}", self.reason)
    }
}

impl std::error::Error for BusError {}

/// A message bus. Every operation ends within a few seconds, also when the bus is lost.
pub trait Bus: fmt::Debug + Send + Sync + 'static {
    /// Publishes and says how many receivers there were: subscribed processes, not sockets. A listener on a pattern
    /// counts as well, so zero is certain and more than zero is only likely.
    ///
    /// # Errors
    ///
    /// The bus is lost. The message may have been published all the same if the error is [uncertain](BusError::is_uncertain).
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64>;

    /// How many are subscribed to this topic itself, as [`publish`](Self::publish) counts them but without patterns.
    ///
    /// # Errors
    ///
    /// The bus is lost, or doesn't say.
    fn listeners<'a>(&'a self, topic: &'a str) -> BusFuture<'a, u64>;

    /// Subscribes to topics, exact ones. What is published after this returns is received, in order per topic. Patterns can
    /// be [added](Subscription::add); what several of its filters cover is received once.
    ///
    /// `capacity` messages wait at most; when that many do, further ones are dropped and [`Received::Missed`] says so.
    /// When the bus was lost and is back, [`Received::Lost`] stands for what was published meanwhile.
    ///
    /// # Errors
    ///
    /// The bus is lost, or refuses one of the topics.
    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription>;

    /// Keeps a value that can be taken once within `ttl`.
    ///
    /// # Errors
    ///
    /// The bus is lost.
    fn store_ticket<'a>(&'a self, key: &'a str, value: &'a str, ttl: Duration) -> BusFuture<'a, ()>;

    /// Takes a value: of several that ask at once, one gets it. `None` if it was taken, is expired or never was.
    ///
    /// # Errors
    ///
    /// The bus is lost.
    fn take_ticket<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>>;

    /// Takes the UUID that a login of OpenTera stored under this key, likewise. What else a key of this name may hold is
    /// neither taken nor told.
    ///
    /// # Errors
    ///
    /// The bus is lost.
    fn take_login<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>>;

    /// Its queues of jobs.
    fn queues(&self) -> &dyn Queues;

    /// Its variables.
    fn variables(&self) -> &dyn Variables;

    /// True while messages flow, as far as the bus knows.
    fn is_healthy(&self) -> bool;
}
