//! What one client may use up.

use std::time::Duration;

/// Bounds of one [`Session`](super::Session).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame that the transport lets through, in bytes; the client is told.
    pub max_frame_bytes: u32,
    /// Messages per second in the long run, of whatever kind; the client is told.
    pub messages_per_second: u32,
    /// Messages at once after a pause; the client is told.
    pub burst: u32,
    /// Requests that wait for their answer at the same time, save subscriptions; also messages that wait to be published.
    pub pending_requests: usize,
    /// For requests that name no timeout.
    pub default_timeout: Duration,
    /// Longest timeout; longer ones are shortened to it.
    pub max_timeout: Duration,
    /// Silence after which the client is probed; it is told to do the same. A client that stays silent for twice this
    /// and a second is lost.
    pub heartbeat: Duration,
    /// Messages kept for a client that is away. One that is connected may leave twice as many unacknowledged.
    pub replay_messages: usize,
    /// Bytes kept for a client that is away; twice as many for one that is connected. A single message may have any size.
    pub replay_bytes: usize,
    /// How long a message is kept for a client that is away, and a session without its client.
    pub retention: Duration,
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
            heartbeat: Duration::from_secs(4),
            replay_messages: 4096,
            replay_bytes: 1 << 20,
            retention: Duration::from_secs(120),
        }
    }
}
