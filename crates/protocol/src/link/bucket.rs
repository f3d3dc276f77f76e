//! A token bucket; a token is a message. The gateway counts with it, the client keeps within it.

use crate::time::Timestamp;

/// Messages that may pass.
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
    /// A full bucket of at least one token.
    pub(super) fn full(now: Timestamp, per_second: u32, burst: u32) -> Self {
        let capacity = u64::from(burst.max(1)) * TOKEN;
        Self { tokens: capacity, capacity, per_second: per_second.into(), refilled: now }
    }

    /// Takes one token, if there is one.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let taken = self.refill(now) >= TOKEN;
        if taken {
            self.tokens -= TOKEN;
        }
        taken
    }

    fn refill(&mut self, now: Timestamp) -> u64 {
        // Longer than it takes to fill is as good; so nothing overflows.
        let longest = self.capacity.div_ceil(self.per_second.max(1));
        let refill = now.millis_since(self.refilled).min(longest) * self.per_second;
        self.tokens = (self.tokens + refill).min(self.capacity);
        self.refilled = self.refilled.max(now);
        self.tokens
    }

    /// Changes rate and burst; what was taken stays taken.
    pub(super) fn adjust(&mut self, now: Timestamp, per_second: u32, burst: u32) {
        let taken = self.capacity - self.refill(now);
        let full = Self::full(now, per_second, burst);
        *self = Self { tokens: full.capacity.saturating_sub(taken), ..full };
    }

    /// When there will be a token, after [`take`](Self::take) found none.
    pub(super) fn next(&self) -> Timestamp {
        let missing = TOKEN.saturating_sub(self.tokens).div_ceil(self.per_second.max(1));
        Timestamp::from_millis(self.refilled.as_millis().saturating_add(missing))
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
        let mut bucket = Bucket::full(at(1_000), 10, 3);
        let mut taken = |milliseconds| (0..10).take_while(|_| bucket.take(at(milliseconds))).count();
        assert_eq!(taken(1_000), 3);
        assert_eq!(taken(1_099), 0);
        assert_eq!(taken(1_100), 1);
        assert_eq!(taken(9_000), 3);
        assert_eq!(taken(8_000), 0);
        assert_eq!(taken(u64::MAX), 3);
    }

    #[test]
    fn a_new_rate_gives_back_nothing_that_was_taken() {
        let mut bucket = Bucket::full(at(0), 10, 5);
        assert!((0..4).all(|_| bucket.take(at(0))));
        bucket.adjust(at(100), 20, 8);
        assert_eq!((0..10).take_while(|_| bucket.take(at(100))).count(), 5);
        assert_eq!((0..10).take_while(|_| bucket.take(at(200))).count(), 2);
    }

    #[test]
    fn an_empty_bucket_says_when_to_come_again() {
        let mut bucket = Bucket::full(at(0), 3, 1);
        assert!(bucket.take(at(0)));
        assert!(!bucket.take(at(100)));
        assert_eq!(bucket.next(), at(334));
        assert!(!bucket.take(at(333)));
        assert!(bucket.take(at(334)));
    }
}
