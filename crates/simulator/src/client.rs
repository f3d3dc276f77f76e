//! A simulated client: the machine, its clock, and what its application takes itself to be subscribed to.

use bytes::Bytes;
use tera_protocol::{
    link::{Connection, State},
    time::Timestamp,
};

use crate::{
    ledger::{ALWAYS, Ledger, PATTERNS},
    operations::Reads,
    plan::Plan,
};

/// What the application knows of one pattern.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Subscription {
    /// The request that decides; `None`: it is not subscribed.
    pub(crate) known: Option<u32>,
    /// The first request since it was last ended.
    pub(crate) since: u32,
    /// A request has succeeded.
    pub(crate) active: bool,
    /// The last that was asked for is its end, and that was done.
    pub(crate) ended: bool,
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) machine: Connection,
    pub(crate) ledger: Ledger,
    pub(crate) subscriptions: [Subscription; PATTERNS.len()],
    /// How far its clock is ahead of the world's, in milliseconds.
    pub(crate) ahead: u64,
    /// So much its timers come late.
    pub(crate) lag: u64,
    /// Until then it does nothing and reads nothing.
    pub(crate) asleep_until: u64,
    /// It was connected once.
    pub(crate) was_connected: bool,
    /// Its last Hello, as somebody might repeat it.
    pub(crate) hello: Option<Bytes>,
    /// What it hears now comes of this.
    pub(crate) reads: Reads,
    /// So often it warned that a message is too large for the gateway.
    pub(crate) too_large: u64,
    /// Timers in a row at one moment.
    pub(crate) idle_timers: (u64, u32),
}

impl Client {
    pub(crate) fn new(plan: &Plan, number: usize) -> Self {
        let mut options = plan.options.clone();
        options.seed = options.seed.wrapping_add(number as u64);
        Self {
            machine: Connection::new(Timestamp::default(), options),
            ledger: Ledger::default(),
            subscriptions: Default::default(),
            ahead: 0,
            lag: 0,
            asleep_until: 0,
            was_connected: false,
            hello: None,
            reads: Reads::Else,
            too_large: 0,
            idle_timers: (0, 0),
        }
    }

    /// The time by its clock.
    pub(crate) const fn time(&self, now: u64) -> Timestamp {
        Timestamp::from_millis(now + self.ahead)
    }

    /// When its timer fires, by the world's clock.
    pub(crate) fn due(&self) -> Option<u64> {
        let due = self.machine.poll_timeout()?.as_millis().saturating_sub(self.ahead);
        Some(due.saturating_add(self.lag).max(self.asleep_until))
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.machine.state(), State::Closed(_))
    }

    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.machine.state(), State::Connected { .. })
    }

    /// Tells the ledger which topics must reach the application.
    pub(crate) fn believe(&mut self) {
        let active = self.subscriptions.iter().zip(PATTERNS).filter(|(each, _)| each.active);
        let topics = active.fold(0, |topics, (_, (_, covered))| topics | covered);
        self.ledger.believe(topics | if self.was_connected { ALWAYS } else { 0 });
    }
}
