//! What the application wants.

use std::time::Duration;

use super::{Connection, Phase, Server, Subscription, receive::uncertain};
use crate::{
    error::{ErrorCode, TeraError, joined},
    link::{
        Event, Overflow, RequestId, State,
        outgoing::Purpose,
        requests::{Operation, message_frame, number_frame, operation_frame, queue_full, request_frame},
    },
    time::Timestamp,
};

/// Most patterns subscribed to at once.
const MAX_SUBSCRIPTIONS: usize = 1024;

impl Connection {
    /// Sends a message to a module or a service and waits for its answer.
    ///
    /// `body` holds the data, encoded as a `TeraModuleMessage` without a head. `timeout` of `None` is the
    /// [`Options::request_timeout`](crate::link::Options::request_timeout); it runs from now, connected or not.
    ///
    /// # Errors
    ///
    /// `invalid_argument`: `dest` is no address; `unsupported`: the server is no gateway; `closed`, or what else ended the
    /// connection, such as `logged_out`; `too_large`: more than the gateway takes; `queue_full`: see [`Overflow`] and
    /// [`Options::max_in_flight`](crate::link::Options::max_in_flight).
    pub fn request(
        &mut self,
        now: Timestamp,
        dest: &str,
        body: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_dest(dest)?;
        self.begin(now, timeout, Operation::Message, dest, body)
    }

    /// Calls a procedure of `target`, a module, a service or a client; `rpc` is an encoded `RPCMessage` with method and arguments.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn call(
        &mut self,
        now: Timestamp,
        target: &str,
        rpc: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_dest(target)?;
        self.begin(now, timeout, Operation::Call, target, rpc)
    }

    /// Publishes on a topic; `message` is an encoded `google.protobuf.Any`. Settles with
    /// [`Answer::Done`](crate::link::Answer::Done).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn publish(
        &mut self,
        now: Timestamp,
        topic: &str,
        message: &[u8],
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_topic(topic)?;
        self.begin(now, timeout, Operation::Publish, topic, message)
    }

    /// Gets what is published on the topics that the pattern covers, until [`unsubscribe`](Self::unsubscribe), also in
    /// sessions to come. Settles with [`Answer::Done`](crate::link::Answer::Done); otherwise it is not subscribed.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); `queue_full` also beyond 1024 patterns.
    pub fn subscribe(
        &mut self,
        now: Timestamp,
        pattern: &str,
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_topic(pattern)?;
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return Err(queue_full());
        }
        let id = self.begin(now, timeout, Operation::Subscribe, pattern, &[])?;
        let pattern = pattern.to_owned();
        self.subscriptions.push(Subscription { pattern, id, lapsed: false });
        Ok(id)
    }

    /// Ends a subscription. Settles with [`Answer::Done`](crate::link::Answer::Done).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn unsubscribe(
        &mut self,
        now: Timestamp,
        pattern: &str,
        timeout: Option<Duration>,
    ) -> Result<RequestId, TeraError> {
        check_topic(pattern)?;
        let id = self.begin(now, timeout, Operation::Unsubscribe, pattern, &[])?;
        while let Some(index) = self.subscription_to(pattern) {
            self.subscriptions.swap_remove(index);
        }
        Ok(id)
    }

    /// Sends a message without waiting for an answer; a refusal comes back as a warning.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn send(&mut self, now: Timestamp, dest: &str, body: &[u8]) -> Result<(), TeraError> {
        check_dest(dest)?;
        self.check_open()?;
        let frame = message_frame(dest, body);
        if self.make_room(frame.len())? {
            self.outgoing.push(Purpose::Send, frame);
            self.flush(now);
            return Ok(());
        }
        if self.options.overflow != Overflow::DropNewest {
            return Err(queue_full());
        }
        self.count_dropped();
        Ok(())
    }

    /// Settles a request with `aborted` and tells the gateway; one that has settled already stays so.
    pub fn cancel(&mut self, now: Timestamp, id: RequestId) {
        if let Some(operation) = self.requests.settle(id) {
            self.withdraw(id, operation);
            let error = TeraError::new(ErrorCode::Aborted, "The request was aborted.");
            self.emit(Event::Settled(id, Err(error)));
            self.flush(now);
            self.finish_drain(now);
        }
    }

    /// Takes back a request that nobody waits for any more: it is not sent, or the gateway is told.
    pub(super) fn withdraw(&mut self, id: RequestId, operation: Operation) {
        let pattern = self.forget_subscription(id);
        if self.outgoing.take_untried(|entry| entry.purpose == Purpose::Request(id)).is_some() {
            return;
        }
        match operation {
            // The gateway may have carried it out already.
            Operation::Subscribe => self.end_subscription(pattern),
            Operation::Unsubscribe => {}
            _ => self.outgoing.push(Purpose::Cancel, number_frame("/tera.link.v1.Cancel", id.0)),
        }
    }

    /// Has the gateway end what nobody is subscribed to.
    pub(super) fn end_subscription(&mut self, pattern: Option<String>) {
        if let Some(pattern) = pattern {
            let id = self.requests.next_id();
            let frame = operation_frame(id, Operation::Unsubscribe, &pattern);
            self.outgoing.push(Purpose::Request(id), frame);
        }
    }

    /// Forgets the subscription that this request made. Its pattern, if nothing else subscribes to that.
    pub(super) fn forget_subscription(&mut self, id: RequestId) -> Option<String> {
        let index = self.subscription_by(id)?;
        let Subscription { pattern, .. } = self.subscriptions.swap_remove(index);
        if self.subscription_to(&pattern).is_none() { Some(pattern) } else { None }
    }

    /// The place of the subscription that this request made, or renews. No request has the number 0, even if a gateway names it.
    pub(super) fn subscription_by(&self, id: RequestId) -> Option<usize> {
        self.subscriptions.iter().position(|each| each.id == id && id != RequestId(0))
    }

    /// The place of a subscription to this pattern.
    fn subscription_to(&self, pattern: &str) -> Option<usize> {
        self.subscriptions.iter().position(|each| each.pattern == pattern)
    }

    fn begin(
        &mut self,
        now: Timestamp,
        timeout: Option<Duration>,
        operation: Operation,
        to: &str,
        body: &[u8],
    ) -> Result<RequestId, TeraError> {
        self.check_open()?;
        if self.requests.len() >= self.options.max_in_flight {
            return Err(queue_full());
        }
        let timeout = timeout.unwrap_or(self.options.request_timeout);
        let id = self.requests.next_id();
        let frame = request_frame(id, timeout, operation, to, body);
        if !self.make_room(frame.len())? {
            return Err(queue_full());
        }
        self.requests.insert(id, now.after(timeout), operation);
        self.outgoing.push(Purpose::Request(id), frame);
        self.flush(now);
        Ok(id)
    }

    fn check_open(&self) -> Result<(), TeraError> {
        if let State::Closed(error) = &self.state {
            return Err(error.clone());
        }
        if self.drain_deadline.is_some() {
            return Err(closed());
        }
        if self.server == Some(Server::Plain) { Err(unsupported()) } else { Ok(()) }
    }

    /// Whether a frame of this length finds room, after others have made it where that is the policy.
    fn make_room(&mut self, length: usize) -> Result<bool, TeraError> {
        if length > self.max_transmit {
            return Err(too_large());
        }
        let (count, bytes) = (self.options.max_queued, self.options.max_queued_bytes);
        while self.outgoing.is_full(length, count, bytes) {
            if self.options.overflow != Overflow::DropOldest {
                return Ok(false);
            }
            let requests = &self.requests;
            let oldest = self.outgoing.take_untried(|entry| match entry.purpose {
                Purpose::Send => true,
                // What nobody waits for is the connection's own.
                Purpose::Request(id) => requests.contains(id),
                Purpose::Cancel => false,
            });
            let Some(oldest) = oldest else { return Ok(false) };
            self.count_dropped();
            self.drop_entry(oldest.purpose, queue_full());
        }
        Ok(true)
    }

    fn count_dropped(&mut self) {
        self.stats.dropped += 1;
        if !self.warned {
            self.warned = true;
            self.warn(queue_full());
        }
    }

    /// Settles the request of an entry that will not be sent.
    pub(super) fn drop_entry(&mut self, purpose: Purpose, error: TeraError) {
        if let Purpose::Request(id) = purpose {
            self.forget_subscription(id);
            if self.requests.settle(id).is_some() {
                self.emit(Event::Settled(id, Err(error)));
            }
        }
    }

    /// Drops what the gateway would refuse to read.
    pub(super) fn drop_too_large(&mut self) {
        let limit = self.max_transmit;
        while let Some(entry) = self.outgoing.take_untried(|entry| entry.len() > limit) {
            if entry.purpose == Purpose::Send {
                self.warn(too_large());
            }
            self.drop_entry(entry.purpose, too_large());
        }
    }

    /// The server turned out to take no messages.
    pub(super) fn drop_all_unsupported(&mut self) {
        debug_assert_eq!(self.phase, Phase::Plain);
        if self.outgoing.start_over() {
            self.warn(uncertain());
        }
        self.settle_uncertain();
        while let Some(entry) = self.outgoing.take_untried(|_| true) {
            if entry.purpose == Purpose::Send {
                self.warn(unsupported());
            }
        }
        self.subscriptions.clear();
        self.settle_all(&unsupported());
    }
}

pub(super) fn closed() -> TeraError {
    TeraError::new(ErrorCode::Closed, "The client was closed.")
}

pub(super) fn unsupported() -> TeraError {
    TeraError::new(ErrorCode::Unsupported, "A plain OpenTera server takes no messages.")
        .with_help("Connect to a gateway to send, request and call.")
}

fn too_large() -> TeraError {
    TeraError::new(ErrorCode::TooLarge, "The message is larger than the gateway takes.")
}

/// A destination is a module, a service, a list of clients separated by commas, or the gateway itself.
///
/// What is looked at is what a caller mixes up; the gateway knows the rest of the rules.
fn check_dest(dest: &str) -> Result<(), TeraError> {
    // Bytes, because looking for characters is more code.
    let is_address = |each: &[u8]| {
        each == b"gateway"
            || ["module.", "service.", "websocket."].iter().any(|prefix| {
                each.strip_prefix(prefix.as_bytes()).is_some_and(|rest| {
                    !rest.is_empty()
                        && rest
                            .iter()
                            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
                })
            })
    };
    if dest.as_bytes().split(|&byte| byte == b',').all(is_address) {
        return Ok(());
    }
    Err(TeraError::new(ErrorCode::InvalidArgument, joined(&["`", dest, "` is no address."]))
        .with_help("Use `module.<name>`, `service.<key>` or `websocket.user.<uuid>`."))
}

fn check_topic(topic: &str) -> Result<(), TeraError> {
    if topic.is_empty() {
        return Err(TeraError::new(ErrorCode::InvalidArgument, "The topic is empty."));
    }
    Ok(())
}
