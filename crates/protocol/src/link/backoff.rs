//! When to try to connect again: exponential back-off with full jitter.

use std::time::Duration;

/// How long to wait before the next attempt.
///
/// The n-th delay is drawn evenly from 0 to `base * 2^n`, at most `cap`, so that clients that lost the same server don't
/// come back in step.
#[derive(Clone, Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempt: u32,
    /// State of the generator; never 0.
    random: u64,
}

impl Backoff {
    /// Delays that start within `base` and never exceed `cap`. Equal seeds give equal delays.
    #[must_use]
    pub fn new(base: Duration, cap: Duration, seed: u64) -> Self {
        Self { base, cap, attempt: 0, random: seed | 1 }
    }

    /// The delay before the next attempt.
    pub fn next_delay(&mut self) -> Duration {
        let window = self.base.saturating_mul(1 << self.attempt.min(16)).min(self.cap);
        self.attempt += 1;
        // xorshift64
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let milliseconds = window.as_millis() as u64;
        Duration::from_millis(self.random % (milliseconds + 1))
    }

    /// Starts over: the connection proved stable.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_fill_a_window_that_doubles_up_to_the_cap() {
        let longest = |attempt: usize| {
            let delays = (0..500_u64).map(|seed| {
                let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mut backoff =
                    Backoff::new(Duration::from_millis(100), Duration::from_millis(1_000), seed);
                (0..=attempt).map(|_| backoff.next_delay()).last().unwrap()
            });
            delays.max().unwrap().as_millis()
        };
        assert!((90..=100).contains(&longest(0)), "{}", longest(0));
        assert!((360..=400).contains(&longest(2)), "{}", longest(2));
        assert!((900..=1_000).contains(&longest(40)), "{}", longest(40));
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(60), 3);
        for _ in 0..10 {
            backoff.next_delay();
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(10));
    }
}
