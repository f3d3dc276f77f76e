//! Variables within this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::bus::{BusError, variables::Source, watchers::Watchers};

/// Most variables that are set.
const MAX_VARIABLES: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) watchers: Arc<Watchers>,
    set: Mutex<HashMap<String, Variable>>,
}

#[derive(Debug)]
struct Variable {
    value: Bytes,
    writer: String,
    expires: Option<Instant>,
}

impl Variable {
    fn is_set(&self, now: Instant) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

impl Variables {
    pub(super) fn get(&self, name: &str) -> Option<Bytes> {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.get(name)
            .filter(|variable| variable.is_set(Instant::now()))
            .map(|variable| variable.value.clone())
    }

    pub(super) fn set(
        &self,
        name: &str,
        value: Option<Bytes>,
        expires_after: Option<Duration>,
        writer: &str,
    ) -> Result<bool, BusError> {
        let now = Instant::now();
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        if set.get(name).is_some_and(|variable| variable.is_set(now) && variable.writer != writer) {
            return Ok(false);
        }
        // One that can't be told is for ever.
        let expires = expires_after.and_then(|after| now.checked_add(after));
        match value.clone() {
            None => _ = set.remove(name),
            Some(value) => {
                if set.len() >= MAX_VARIABLES {
                    set.retain(|_, variable| variable.is_set(now));
                }
                if set.len() >= MAX_VARIABLES && !set.contains_key(name) {
                    return Err(BusError::new("too many variables are set"));
                }
                set.insert(name.to_owned(), Variable { value, writer: writer.to_owned(), expires });
            }
        }
        // Still locked, so that watchers hear of values in order.
        self.watchers.tell(name, value, expires);
        Ok(true)
    }
}

impl Source for Variables {
    fn refresh(&self) {
        let set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        for name in self.watchers.take_stale() {
            let known = set.get(&*name).filter(|variable| variable.is_set(Instant::now()));
            let value = known.map(|variable| variable.value.clone());
            self.watchers.tell(&name, value, known.and_then(|variable| variable.expires));
        }
    }
}
