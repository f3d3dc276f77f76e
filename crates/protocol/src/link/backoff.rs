//! When to try to connect again: exponential back-off with full jitter.

use std::time::Duration;

use crate::time::millis;

/// How long to wait before the next attempt, in milliseconds.
///
/// The n-th delay is drawn evenly from 0 to `base * 2^n`, at most `cap`, so that clients that lost the same server don't
/// come back in step. Where the server asks for a wider window, no window is narrower.
#[derive(Clone, Debug)]
pub struct Backoff {
    base: u64,
    cap: u64,
    least: u64,
    attempt: u32,
    /// State of the generator; never 0.
    random: u64,
}

impl Backoff {
    /// Delays that start within `base` and never exceed `cap`. Equal seeds give equal delays.
    #[must_use]
    pub fn new(base: Duration, cap: Duration, seed: u64) -> Self {
        // Small seeds that differ little must not give first delays that differ little.
        let random = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { base: millis(base), cap: millis(cap), least: 0, attempt: 0, random }
    }

    /// The delay before the next attempt.
    pub fn next_delay(&mut self) -> u64 {
        let doublings = self.attempt.min(16);
        let window = if self.base > self.cap >> doublings { self.cap } else { self.base << doublings };
        let window = window.max(self.least).min(self.cap);
        self.attempt += 1;
        self.within(window)
    }

    /// A delay drawn evenly from 0 to `window`, beside the series.
    pub fn within(&mut self, window: u64) -> u64 {
        // xorshift64
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % window.saturating_add(1)
    }

    /// No window is narrower from now on, save that none exceeds the cap.
    pub fn widen(&mut self, least: u64) {
        self.least = least;
    }

    /// Starts over: the connection proved stable.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(seed: u64) -> Backoff {
        Backoff::new(Duration::from_millis(100), Duration::from_millis(1_000), seed)
    }

    fn longest(attempt: usize, least: u64) -> u64 {
        let delays = (0..500_u64).map(|seed| {
            let mut backoff = backoff(seed);
            backoff.widen(least);
            (0..=attempt).map(|_| backoff.next_delay()).last().unwrap()
        });
        delays.max().unwrap()
    }

    #[test]
    fn delays_fill_a_window_that_doubles_up_to_the_cap() {
        assert!((90..=100).contains(&longest(0, 0)), "{}", longest(0, 0));
        assert!((360..=400).contains(&longest(2, 0)), "{}", longest(2, 0));
        assert!((900..=1_000).contains(&longest(40, 0)), "{}", longest(40, 0));
    }

    #[test]
    fn a_server_may_ask_for_a_wider_window_up_to_the_cap() {
        assert!((450..=500).contains(&longest(0, 500)), "{}", longest(0, 500));
        assert!((700..=800).contains(&longest(3, 500)), "{}", longest(3, 500));
        assert!((900..=1_000).contains(&longest(0, 9_000)), "{}", longest(0, 9_000));
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = backoff(3);
        for _ in 0..10 {
            backoff.next_delay();
        }
        backoff.reset();
        assert!(backoff.next_delay() <= 100);
    }

    #[test]
    fn ten_thousand_clients_spread_their_first_attempt_over_the_window() {
        let mut bins = [0; 100];
        for seed in 0..10_000 {
            let mut backoff = backoff(seed);
            bins[backoff.within(9_999) as usize / 100] += 1;
        }
        assert!(bins.iter().all(|&count| count <= 200), "{bins:?}");
    }
}
