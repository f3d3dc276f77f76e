//! The handshake with a gateway, and what becomes of a session that it has forgotten.

use std::mem;

use super::{Connection, HEARTBEAT, Phase, Server, Subscription, receive::uncertain};
use crate::{
    error::{ErrorCode, TeraError, joined},
    link::{
        Answer, Event, Gap, LINK_VERSION, Output, RequestId,
        bucket::Bucket,
        frame::ServerFrame,
        inbound::Inbound,
        messages::CloseCode,
        outgoing::Purpose,
        requests::{Operation, hello_frame, number_frame, operation_frame},
    },
    time::{Timestamp, millis},
};

/// Longest token that is kept for a gateway.
const MAX_TOKEN: usize = 64;
/// A gateway's heartbeat is brought into these bounds, in milliseconds.
const HEARTBEATS: (u64, u64) = (1_000, 60_000);
/// After so many milliseconds the client asks again for a subscription that the gateway could not renew.
const RENEW_AFTER: u64 = 1_000;
/// A gateway can put off the next attempt for so many milliseconds at most.
const MAX_RETRY_AFTER: u64 = 600_000;

impl Connection {
    pub(super) fn handle_welcome(&mut self, now: Timestamp, welcome: &ServerFrame<'_>) {
        let &ServerFrame::Welcome {
            version,
            address,
            max_frame_bytes,
            heartbeat_ms,
            reconnect_window_ms,
            messages_per_second,
            burst,
        } = welcome
        else {
            return;
        };
        if version != u64::from(LINK_VERSION) {
            let error = TeraError::new(
                ErrorCode::ProtocolViolation,
                "The gateway speaks another version of the link.",
            )
            .with_help("Update the client or the gateway.");
            return self.finish(error, CloseCode::CloseProtocolViolation as u16);
        }
        self.phase = Phase::Greeting;
        address.clone_into(&mut self.address);
        self.max_transmit = match max_frame_bytes {
            0 => usize::MAX,
            // Room for the number that every frame gets.
            limit => usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(32),
        };
        self.heartbeat = match (self.options.heartbeat, heartbeat_ms) {
            (Some(heartbeat), _) => millis(heartbeat),
            (None, 0) => HEARTBEAT,
            (None, said) => said.clamp(HEARTBEATS.0, HEARTBEATS.1),
        };
        self.backoff.widen(reconnect_window_ms);
        self.set_pace(now, messages_per_second, burst);
        self.drop_too_large();
        let hello = hello_frame(&self.token, self.inbound.received());
        self.outputs.push(Output::Transmit(hello));
    }

    /// Stays within what the gateway takes, of which a quarter is left for what is not paced. A stalled network delivers
    /// at once what is on its way, and acknowledgements that come back at once let out what the pace has saved up: both
    /// together must not be more than a burst.
    fn set_pace(&mut self, now: Timestamp, messages_per_second: u64, burst: u64) {
        let part = |number: u64, eighths: u64| (number.min(u32::MAX.into()) * eighths / 8).max(1) as u32;
        let (per_second, burst) = (part(messages_per_second, 6), part(burst, 3));
        if messages_per_second == 0 {
            self.pace = None;
        } else if let Some(pace) = &mut self.pace {
            // What went out on the socket of before counts: it counts at the gateway.
            pace.adjust(now, per_second, burst);
        } else {
            self.pace = Some(Bucket::full(now, per_second, burst));
        }
        self.window = if messages_per_second == 0 { usize::MAX } else { burst as usize };
    }

    pub(super) fn handle_session(&mut self, now: Timestamp, token: &[u8], resumed: bool, received: u64) {
        let known = !self.token.is_empty();
        let fits = if resumed {
            known && received >= self.outgoing.acked() && self.outgoing.acknowledge(received)
        } else {
            received == 0
        };
        if !fits || token.is_empty() || token.len() > MAX_TOKEN {
            // There is nothing to go on with.
            self.token.clear();
            return self.violate(now, "The gateway takes up the session where it never was.");
        }
        token.clone_into(&mut self.token);
        self.phase = Phase::Link;
        self.liveness.go_on(now, self.heartbeat);
        let again = self.server.is_some();
        self.connect(now, Server::Gateway, resumed);
        if !resumed {
            self.start_over(again);
        }
        let ping = self.liveness.ping(now);
        self.transmit_control(&number_frame("/tera.link.v1.Ping", ping));
        self.flush(now);
    }

    /// A new session. What was never transmitted goes on in it; the fate of the rest is unknown.
    fn start_over(&mut self, again: bool) {
        self.inbound = Inbound::default();
        let uncertain_sends = self.outgoing.start_over();
        if again {
            self.emit(Event::Resync);
            for index in 0..self.subscriptions.len() {
                self.miss(index);
            }
        }
        if uncertain_sends {
            self.warn(uncertain());
        }
        self.settle_uncertain();
        self.subscribe_again();
    }

    /// Settles the requests of the lost session, save those of subscriptions, which are renewed; an unsubscription is done.
    pub(super) fn settle_uncertain(&mut self) {
        let Self { outgoing, subscriptions, requests, outputs, .. } = self;
        let renewed = |id| subscriptions.iter().any(|each| each.id == id);
        while let Some((id, operation)) = requests.take(|id, _| !renewed(id) && !outgoing.holds_untried(id)) {
            let outcome = match operation {
                Operation::Unsubscribe => Ok(Answer::Done),
                _ => Err(uncertain()),
            };
            outputs.push(Output::Event(Event::Settled(id, outcome)));
        }
    }

    /// Asks first of all for what the session of before had. A request that waits keeps its place.
    fn subscribe_again(&mut self) {
        self.renew_at = None;
        let mut ahead = 0;
        for index in 0..self.subscriptions.len() {
            let Subscription { id, lapsed, .. } = &mut self.subscriptions[index];
            *lapsed = false;
            if !self.requests.contains(*id) {
                *id = self.requests.next_id();
            } else if self.outgoing.holds_untried(*id) {
                continue;
            }
            let (id, pattern) = (*id, &self.subscriptions[index].pattern);
            let frame = operation_frame(id, Operation::Subscribe, pattern);
            self.outgoing.push_ahead(ahead, Purpose::Request(id), frame);
            ahead += 1;
        }
    }

    /// The end of a subscription's request that this connection made by itself. What does not depend on the subscription
    /// passes, and it is tried again; otherwise the subscription is over.
    pub(super) fn handle_renewal(&mut self, now: Timestamp, id: RequestId, error: Option<TeraError>) {
        let Some(index) = self.subscription_by(id) else { return };
        let Some(error) = error else {
            // Messages may have come before this, and others before them may not.
            if mem::take(&mut self.subscriptions[index].lapsed) {
                self.miss(index);
            }
            return;
        };
        let passes = matches!(error.code, ErrorCode::Timeout | ErrorCode::Unavailable | ErrorCode::QueueFull);
        self.subscriptions[index].lapsed &= passes;
        self.lapse(index, error);
        if passes {
            self.subscriptions[index].id = RequestId(0);
            self.renew_at = self.renew_at.or_else(|| Some(now.plus(RENEW_AFTER)));
        } else {
            self.subscriptions.swap_remove(index);
        }
    }

    /// Messages of this subscription are missed, until a gap says that it is renewed.
    pub(super) fn lapse(&mut self, index: usize, error: TeraError) {
        if !mem::replace(&mut self.subscriptions[index].lapsed, true) {
            self.miss(index);
            let pattern = &self.subscriptions[index].pattern;
            let description = joined(&["No longer subscribed to ", pattern, ": ", &error.description]);
            self.warn(error.with_description(description));
        }
    }

    /// Reports that messages of this subscription may be missed.
    fn miss(&mut self, index: usize) {
        let topic = self.subscriptions[index].pattern.clone();
        self.report_gap(Gap { topic, first: 0, last: 0, count: None });
    }

    /// Asks for the subscriptions that the gateway could not renew.
    pub(super) fn renew_lapsed(&mut self) {
        self.renew_at = None;
        for index in 0..self.subscriptions.len() {
            if self.subscriptions[index].id == RequestId(0) {
                let id = self.requests.next_id();
                self.subscriptions[index].id = id;
                let frame = operation_frame(id, Operation::Subscribe, &self.subscriptions[index].pattern);
                self.outgoing.push(Purpose::Request(id), frame);
            }
        }
    }

    pub(super) fn handle_goodbye(&mut self, least: u64, most: u64, is_final: bool, error: TeraError) {
        if is_final {
            return self.finish(error, 1000);
        }
        let (least, most) = (least.min(MAX_RETRY_AFTER), most.min(MAX_RETRY_AFTER));
        self.retry_after = Some((least, most.saturating_sub(least)));
    }
}
