//! The one clock: Unix time at the start, and from then on a clock that never goes back.

use std::time::{SystemTime, UNIX_EPOCH};

use tera_protocol::time::Timestamp;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_at: Timestamp::from_millis(0).after(unix) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.started_at.after(self.started.elapsed())
    }

    /// The runtime's idea of a timestamp.
    pub(crate) fn instant(&self, timestamp: Timestamp) -> Instant {
        self.started + timestamp.since(self.started_at)
    }

    /// What OpenTera's headers carry.
    #[expect(clippy::cast_precision_loss, reason = "the milliseconds since 1970 need 41 of the 53 bits")]
    pub(crate) fn unix_seconds(&self) -> f64 {
        self.now().as_millis() as f64 / 1000.0
    }
}
