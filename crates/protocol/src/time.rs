//! Moments, passed in by whoever owns a clock.

use std::{num::NonZero, time::Duration};

/// A moment on a clock that never goes back, in milliseconds since an origin of the owner's choice.
///
/// ```
/// use std::time::Duration;
/// use tera_protocol::time::Timestamp;
/// let sent = Timestamp::from_millis(1_000);
/// let deadline = sent.after(Duration::from_secs(10));
/// assert_eq!(deadline.since(sent), Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// One more than the milliseconds, so that an `Option` takes no more room and no more code.
    NonZero<u64>,
);

impl Timestamp {
    /// The last moment there is, which doesn't come.
    pub(crate) const NEVER: Self = Self(NonZero::<u64>::MAX);

    /// The moment so many milliseconds after the clock's origin.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(NonZero::<u64>::MIN.saturating_add(milliseconds))
    }

    /// Milliseconds after the clock's origin.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0.get() - 1
    }

    /// The moment so much later; the last moment there is where that would overflow. Less than a millisecond counts
    /// as a whole one, so that a deadline is never early.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        self.plus(millis(duration))
    }

    /// The moment so many milliseconds later, in the same way.
    #[must_use]
    pub const fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// How long ago `earlier` was; zero if it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis_since(earlier))
    }

    /// The same in milliseconds.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.get().saturating_sub(earlier.0.get())
    }
}

/// The clock's origin.
impl Default for Timestamp {
    fn default() -> Self {
        Self(NonZero::<u64>::MIN)
    }
}

/// The duration in milliseconds, as the link counts; what is left of one counts as a whole one, and what is more than
/// there is as the most there is.
pub(crate) const fn millis(duration: Duration) -> u64 {
    let rest = duration.subsec_nanos().div_ceil(1_000_000);
    let seconds = duration.as_secs();
    if seconds > u64::MAX / 2_000 { u64::MAX } else { seconds * 1_000 + rest as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early_and_never_overflows() {
        let now = Timestamp::from_millis(5);
        assert_eq!(now.after(Duration::from_micros(1)), Timestamp::from_millis(6));
        assert_eq!(now.after(Duration::MAX), Timestamp::from_millis(u64::MAX));
    }

    #[test]
    fn time_that_went_back_counts_as_none() {
        assert_eq!(Timestamp::from_millis(1).since(Timestamp::from_millis(9)), Duration::ZERO);
    }
}
