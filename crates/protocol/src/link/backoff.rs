//! When to try to connect again: exponential back-off with jitter.

use std::time::Duration;

use crate::time::millis;

/// So many delays may be as short as chance has it.
const FREE: u32 = 3;

/// How long to wait before the next attempt, in milliseconds.
///
/// The n-th delay is drawn evenly from 0 to `base * 2^n`, at most `cap`, so that clients that lost the same server don't
/// come back in step. Where the server asks for a wider window, no window is narrower. From the fourth on, when clients
/// are spread already, a delay is at least half its window: a server that takes connections and cuts them must not get
/// attempt after attempt from those that draw small numbers.
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

    /// The delay before the next attempt. A server may have `asked` for a delay of its own: the least, and the width of the
    /// window behind it. It counts as one of the series and is never shorter than what the series demands.
    pub fn next_delay(&mut self, asked: Option<(u64, u64)>) -> u64 {
        let doublings = self.attempt.min(16);
        let window = if self.base > self.cap >> doublings { self.cap } else { self.base << doublings };
        let window = window.max(self.least).min(self.cap);
        let floor = if self.attempt < FREE { 0 } else { window / 2 };
        self.attempt += 1;
        match asked {
            Some((least, width)) => least.saturating_add(self.within(width)).max(floor),
            None => floor + self.within(window - floor),
        }
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

    /// The delays before an attempt, shortest first.
    fn delays(attempt: usize, least: u64) -> Vec<u64> {
        let of_seed = |seed| {
            let mut backoff = backoff(seed);
            backoff.widen(least);
            (0..=attempt).map(|_| backoff.next_delay(None)).last().unwrap()
        };
        let mut delays: Vec<u64> = (0..500).map(of_seed).collect();
        delays.sort_unstable();
        delays
    }

    fn longest(attempt: usize, least: u64) -> u64 {
        delays(attempt, least)[499]
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
    fn the_first_three_delays_may_be_nothing_and_later_ones_are_at_least_half_their_window() {
        for (attempt, shortest) in [(0, 0), (2, 0), (3, 400), (40, 500)] {
            assert!((shortest..=shortest + 10).contains(&delays(attempt, 0)[0]), "{attempt}");
        }
    }

    #[test]
    fn a_server_may_ask_for_a_delay_but_not_for_one_attempt_after_the_other() {
        let mut backoff = backoff(3);
        assert!((70..=80).contains(&backoff.next_delay(Some((70, 10)))));
        let asked: Vec<u64> = (0..3).map(|_| backoff.next_delay(Some((0, 0)))).collect();
        assert_eq!(asked, [0, 0, 400]);
        assert_eq!(backoff.next_delay(Some((5_000, 0))), 5_000, "more than the cap");
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = backoff(3);
        for _ in 0..10 {
            backoff.next_delay(None);
        }
        backoff.reset();
        assert!(backoff.next_delay(None) <= 100);
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
