//! What is for the client: events, signals, calls of what it serves, answers, jobs, and what variables become.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tera_protocol::{
    link::{
        frame::{encode, put_topic},
        messages::CloseCode,
        session::close_code,
    },
    opentera::RpcMessage,
    time::Timestamp,
};
use tera_signals::{AGENTS_TOPIC, is_signal_topic};

use super::{Driver, calls::refuse, work::Item};
use crate::{
    Delivery,
    bus::{Filter, Received},
    pending::Claim,
    serving::Taker,
};

/// What is taken from the bus in one turn, before the socket is written to, so that what comes at once goes out in one
/// message: of what waits already no more than that holds, and never so much that the client's acknowledgements, one a
/// turn for 256 messages, fall behind.
const TURN_MESSAGES: usize = 64;
const TURN_BYTES: usize = 16 << 10;

impl Driver {
    /// Takes what came from the bus, and what waits behind it.
    pub(super) fn received(&mut self, now: Timestamp, first: Received) {
        let mut next = Some(first);
        let (mut messages, mut bytes) = (0, 0);
        while let Some(received) = next {
            messages += 1;
            bytes += self.handle_received(now, received);
            self.perform();
            let goes_on = self.over.is_none() && messages < TURN_MESSAGES && bytes < TURN_BYTES;
            next = if goes_on { self.subscription.try_receive() } else { None };
        }
    }

    /// Returns how many bytes it has.
    fn handle_received(&mut self, now: Timestamp, received: Received) -> usize {
        match received {
            Received::Message(delivery) => {
                self.delivery(now, &delivery);
                return delivery.payload().len();
            }
            // What others get on the same topic can't be told apart any more, nor answers from other messages.
            Received::Missed(topic, _) if *topic == *self.answers_topic || *topic == *AGENTS_TOPIC => {
                self.session.handle_bus_lost(now, [&*topic]);
            }
            Received::Missed(topic, count) => self.session.handle_missed(now, &topic, count),
            Received::Lost => {
                self.session.handle_bus_lost(now, self.subscription.filters().map(Filter::as_str));
            }
        }
        0
    }

    /// Takes what was published on a topic of the client's.
    fn delivery(&mut self, now: Timestamp, delivery: &Delivery) {
        let topic = delivery.topic();
        let for_this_client = *topic == *self.events_topic || *topic == *self.answers_topic;
        if for_this_client && delivery.logs_out() {
            self.session.end(close_code(CloseCode::CloseLoggedOut), "CMD_CLIENT_DISCONNECT");
        } else if *topic == *self.answers_topic {
            self.answer(now, delivery);
        } else if *topic == *self.calls_topic {
            self.call(now, delivery);
        } else if is_signal_topic(topic) {
            self.signal(now, delivery);
        } else if let Some(frame) = delivery.event() {
            self.session.handle_delivery(now, delivery.shared_topic(), Bytes::clone(frame));
        }
    }

    /// Whether jobs and variables come to the client: while it is there, and has taken most of what came before.
    pub(super) fn has_room(&self) -> bool {
        let (messages, bytes) = self.session.buffered();
        let limits = &self.gateway.config.limits;
        self.attachment.is_some()
            && messages <= limits.replay_messages / 2
            && bytes <= limits.replay_bytes / 2
    }

    /// Sends what the gateway calls the client for, and returns its position in its topic.
    pub(super) fn invoke(
        &mut self,
        now: Timestamp,
        (topic, invocation): (Arc<str>, RpcMessage),
    ) -> Option<u64> {
        let mut frame = encode(&invocation);
        put_topic(&mut frame, &topic);
        self.session.handle_delivery(now, &topic, frame.into())
    }

    /// Hands a signal to the client, unless it is another one's.
    fn signal(&mut self, now: Timestamp, delivery: &Delivery) {
        let Some(signal) = delivery.signal() else { return };
        if delivery.topic() != AGENTS_TOPIC || signal.agent == Some(self.account.identity()) {
            self.session.handle_delivery(now, delivery.shared_topic(), Bytes::clone(&signal.frame));
        }
    }

    /// Hands a call to the client, if it is this session's.
    fn call(&mut self, now: Timestamp, delivery: &Delivery) {
        let Some(rpc) = delivery.call() else { return };
        let limits = &self.gateway.config.limits;
        let patience = Duration::from_millis(limits.max_timeout_ms);
        // Sessions hear of it one after the other, and may come and go meanwhile.
        let taker = delivery.taker(|| self.gateway.serving.taker(self.account.identity(), &rpc.method));
        match taker.filter(|taker| taker.session == self.id) {
            Some(Taker { serves: true, .. }) => {
                match self.calls.accept(now, rpc, limits.pending_requests, patience) {
                    Ok(invocation) => _ = self.invoke(now, (Arc::clone(&self.calls_topic), invocation)),
                    Err(caller) => {
                        let reply = caller.failed(&self.calls_topic, "too many calls wait for this client");
                        self.push(Item::Reply(reply));
                    }
                }
            }
            Some(Taker { serves: false, .. }) => {
                let reply = refuse(now, rpc, &self.calls_topic, "this client serves no such procedure");
                self.push(Item::Reply(reply));
            }
            None => {}
        }
    }

    fn answer(&mut self, now: Timestamp, delivery: &Delivery) {
        let Some(answer) = delivery.answer() else { return };
        match self.numbers.claim(answer.seq) {
            Claim::Own => self.session.handle_answer(now, answer.seq, delivery.payload()),
            Claim::Nobody => {
                self.session.handle_delivery(now, delivery.shared_topic(), answer.frame.clone());
            }
            Claim::Other => {}
        }
    }
}
