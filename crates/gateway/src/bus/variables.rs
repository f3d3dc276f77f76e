//! Variables: values under names, each with one writer, which others read and watch.
//!
//! A variable is a plain key of the bus, as OpenTera's services read and write them. The first who writes it through this
//! gateway holds it, until it deletes it or the value expires; what services do with the key directly is their business.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::{BusFuture, watchers::Watchers};

/// What a variable has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: Arc<str>,
    /// Its value; `None` if it is not set.
    pub value: Option<Bytes>,
}

/// Reading, writing and watching.
pub trait Variables {
    /// A variable's value; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// The bus is lost.
    fn get<'a>(&'a self, name: &'a str) -> BusFuture<'a, Option<Bytes>>;

    /// Sets a variable, for ever or until it expires; a value of `None` deletes it, and then anybody may hold it. False, and
    /// nothing happens, if a writer other than this one holds it.
    ///
    /// # Errors
    ///
    /// The bus is lost. The variable may have been set all the same.
    fn set<'a>(
        &'a self,
        name: &'a str,
        value: Option<Bytes>,
        expires_after: Option<Duration>,
        writer: &'a str,
    ) -> BusFuture<'a, bool>;

    /// A watcher, of nothing yet.
    fn watcher(&self) -> Watcher;
}

/// What a bus does for the [`Watchers`] of this process.
pub(super) trait Source: fmt::Debug + Send + Sync {
    /// Some watch what they did not before: finds out what is [stale](Watchers::take_stale), and tells it.
    fn refresh(&self);
}

/// Somebody who wants to know what becomes of some variables.
///
/// It is told of the value that a variable has first, and then of every newer one, or only the newest if it does not keep
/// up; also after the bus was lost.
#[derive(Debug)]
pub struct Watcher {
    id: u64,
    wake: Arc<Notify>,
    watchers: Arc<Watchers>,
    source: Arc<dyn Source>,
}

impl Watcher {
    pub(super) fn new(watchers: Arc<Watchers>, source: Arc<dyn Source>) -> Self {
        let (id, wake) = watchers.join();
        Self { id, wake, watchers, source }
    }

    /// Watches one more variable.
    pub fn add(&self, name: &str) {
        self.watchers.add(self.id, name);
        self.source.refresh();
    }

    /// Watches one less.
    pub fn remove(&self, name: &str) {
        self.watchers.remove(self.id, name);
    }

    /// Is told the value of a variable that it watches once more.
    pub fn repeat(&self, name: &str) {
        self.watchers.repeat(self.id, name);
    }

    /// Waits for the next change. Cancel-safe.
    pub async fn next(&self) -> Change {
        loop {
            let (change, expiry) = self.watchers.next(self.id);
            if let Some(change) = change {
                return change;
            }
            let expiry = expiry.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                () = self.wake.notified() => {}
                () = sleep_until(expiry) => {}
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.watchers.leave(self.id);
    }
}
