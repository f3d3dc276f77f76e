//! What one client may use up.

use std::time::Duration;

use crate::time::Timestamp;

/// Bounds of one [`Session`](super::Session).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame that the transport lets through, in bytes; the client is told.
    pub max_frame_bytes: u32,
    /// Messages per second in the long run, of whatever kind.
    pub messages_per_second: u32,
    /// Messages at once after a pause.
    pub burst: u32,
    /// Requests that wait for their answer at the same time; also messages that wait to be published.
    pub pending_requests: usize,
    /// For requests that name no timeout.
    pub default_timeout: Duration,
    /// Longest timeout; longer ones are shortened to it.
    pub max_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 1 << 20,
            messages_per_second: 200,
            burst: 400,
            pending_requests: 256,
            default_timeout: Duration::from_secs(10),
            max_timeout: Duration::from_secs(60),
        }
    }
}

/// A token bucket; a token is a message.
#[derive(Debug)]
pub(super) struct Bucket {
    /// In thousandths, so that a millisecond refills a whole number of them. At most `capacity`.
    tokens: u64,
    capacity: u64,
    per_second: u64,
    refilled: Timestamp,
}

const TOKEN: u64 = 1000;

impl Bucket {
    pub(super) fn full(now: Timestamp, limits: &Limits) -> Self {
        let capacity = u64::from(limits.burst.max(1)) * TOKEN;
        Self { tokens: capacity, capacity, per_second: limits.messages_per_second.into(), refilled: now }
    }

    /// Takes one token, if there is one.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let milliseconds = u64::try_from(now.since(self.refilled).as_millis()).unwrap_or(u64::MAX);
        let refill = milliseconds.saturating_mul(self.per_second);
        self.tokens = self.tokens.saturating_add(refill).min(self.capacity);
        self.refilled = self.refilled.max(now);
        let taken = self.tokens >= TOKEN;
        if taken {
            self.tokens -= TOKEN;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from_millis(milliseconds)
    }

    #[test]
    fn a_burst_empties_the_bucket_and_time_refills_it_up_to_the_burst() {
        let limits = Limits { messages_per_second: 10, burst: 3, ..Limits::default() };
        let mut bucket = Bucket::full(at(1_000), &limits);
        let mut taken = |milliseconds| (0..10).take_while(|_| bucket.take(at(milliseconds))).count();
        assert_eq!(taken(1_000), 3);
        assert_eq!(taken(1_099), 0);
        assert_eq!(taken(1_100), 1);
        assert_eq!(taken(9_000), 3);
        assert_eq!(taken(8_000), 0);
        assert_eq!(taken(u64::MAX), 3);
    }
}
