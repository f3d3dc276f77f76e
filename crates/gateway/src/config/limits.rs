//! What one client may use up.

use std::time::Duration;

use serde::Deserialize;
use tera_protocol::link::session;

/// What one client may use up. Exceeding a limit closes its connection, or refuses a request; each says which.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest frame from a client, in bytes; 1 MiB. A larger one closes with 1009.
    pub max_frame_bytes: u32,
    /// Frames per second from a client in the long run; 200. More close with 4002, and so do many small parts of one message.
    pub messages_per_second: u32,
    /// Frames at once from a client after a pause; 400.
    pub burst: u32,
    /// Topics and patterns that one client gets, its own two included; 64. Where the grants alone are more, the connection
    /// closes with 4004; beyond, subscribing is refused.
    pub subscriptions: usize,
    /// Messages kept for a client that is away; 4096. A connected one that leaves twice as many unacknowledged is closed
    /// with 4003. The SDK acknowledges 256 at once: with fewer kept here, a busy client can seem slow.
    pub replay_messages: usize,
    /// Bytes kept for a client that is away; 1 MiB. Twice as many close a connected one with 4003. A single message may have
    /// any size.
    pub replay_bytes: usize,
    /// Requests of one client that wait for their answer; 256. More are refused.
    pub pending_requests: usize,
    /// Timeout of requests that name none, in milliseconds; 10 000.
    pub default_timeout_ms: u64,
    /// Longest timeout, in milliseconds; 60 000. Longer ones are shortened to it.
    pub max_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let session = session::Limits::default();
        Self {
            max_frame_bytes: session.max_frame_bytes,
            messages_per_second: session.messages_per_second,
            burst: session.burst,
            subscriptions: 64,
            replay_messages: session.replay_messages,
            replay_bytes: session.replay_bytes,
            pending_requests: session.pending_requests,
            default_timeout_ms: 10_000,
            max_timeout_ms: 60_000,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), String> {
        let least_frame = 1024;
        if self.max_frame_bytes < least_frame {
            return Err(format!("limits.max_frame_bytes must be at least {least_frame}"));
        }
        let counts = [
            (self.messages_per_second == 0, "messages_per_second"),
            (self.burst == 0, "burst"),
            (self.replay_messages == 0, "replay_messages"),
            (self.replay_bytes == 0, "replay_bytes"),
            (self.pending_requests == 0, "pending_requests"),
            (self.default_timeout_ms == 0, "default_timeout_ms"),
            (self.max_timeout_ms == 0, "max_timeout_ms"),
        ];
        match counts.iter().find(|(is_zero, _)| *is_zero) {
            Some((_, name)) => Err(format!("limits.{name} must be at least 1")),
            None => Ok(()),
        }
    }

    pub(crate) fn session(&self, retention: Duration) -> session::Limits {
        session::Limits {
            max_frame_bytes: self.max_frame_bytes,
            messages_per_second: self.messages_per_second,
            burst: self.burst,
            pending_requests: self.pending_requests,
            default_timeout: Duration::from_millis(self.default_timeout_ms),
            max_timeout: Duration::from_millis(self.max_timeout_ms),
            replay_messages: self.replay_messages,
            replay_bytes: self.replay_bytes,
            retention,
            ..session::Limits::default()
        }
    }
}
