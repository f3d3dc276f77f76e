//! The requests of one client that wait for their answer.

use std::collections::HashMap;

use super::Correlation;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The client's number for it.
    pub(super) id: u64,
    /// The `head.seq` that the client wrote; 0 for a call.
    pub(super) seq: u32,
    pub(super) deadline: Timestamp,
    /// It subscribes or unsubscribes.
    pub(super) is_subscription: bool,
}

/// Both maps always hold the same requests.
#[derive(Debug, Default)]
pub(super) struct Requests {
    by_correlation: HashMap<Correlation, Request>,
    by_id: HashMap<u64, Correlation>,
    /// How many of them subscribe or unsubscribe.
    subscriptions: usize,
}

impl Requests {
    /// Takes out one request.
    pub(super) fn take_any(&mut self) -> Option<Correlation> {
        let correlation = *self.by_correlation.keys().next()?;
        self.remove(correlation).map(|_| correlation)
    }

    /// How many there are: those that subscribe or unsubscribe, and others.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.subscriptions, self.by_id.len() - self.subscriptions)
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn insert(&mut self, correlation: Correlation, request: Request) {
        self.subscriptions += usize::from(request.is_subscription);
        self.by_id.insert(request.id, correlation);
        self.by_correlation.insert(correlation, request);
    }

    pub(super) fn remove(&mut self, correlation: Correlation) -> Option<Request> {
        let request = self.by_correlation.remove(&correlation)?;
        self.by_id.remove(&request.id);
        self.subscriptions -= usize::from(request.is_subscription);
        Some(request)
    }

    pub(super) fn remove_id(&mut self, id: u64) -> Option<Correlation> {
        let correlation = *self.by_id.get(&id)?;
        self.remove(correlation).map(|_| correlation)
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.by_correlation.values().map(|request| request.deadline).min()
    }

    /// Those whose deadline has come, earliest first.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Correlation> {
        let mut due: Vec<_> =
            self.by_correlation.iter().filter(|(_, request)| request.deadline <= now).collect();
        due.sort_by_key(|(_, request)| (request.deadline, request.id));
        due.into_iter().map(|(&correlation, _)| correlation).collect()
    }
}
