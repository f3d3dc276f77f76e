//! What the server says.

use super::{Connection, Phase, Server};
use crate::{
    error::{ErrorCode, TeraError, decimal, joined},
    link::{
        Answer, Event, Gap, Mode, Payload, RequestId, State,
        frame::{Envelope, Missing, Outcome, ServerFrame},
        inbound::Order,
        outgoing::Purpose,
        requests::{Operation, answer, number_frame, operation_frame},
    },
    time::Timestamp,
};

/// Most parts of one Gap; a gateway has fewer topics.
const MAX_MISSING: usize = 16_384;
/// So many messages are acknowledged at once: a sixteenth of what the gateway buffers by default. Each acknowledgement
/// costs a browser as much as several messages that it receives.
pub(super) const ACK_MESSAGES: u32 = 256;

impl Connection {
    /// Feeds one binary message and returns the payload to deliver, if it has one.
    pub fn handle_frame<'a>(&mut self, now: Timestamp, frame: &'a [u8]) -> Option<Payload<'a>> {
        if !self.note_message() {
            return None;
        }
        self.liveness.heard(now);
        let envelope = match Envelope::decode(frame) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.warn(error);
                return None;
            }
        };
        let payload = self.take_numbers(now, &envelope, frame.len()) && self.handle_message(now, &envelope);
        self.flush(now);
        self.finish_drain(now);
        // What the gateway calls the client for is taken, as answers are: it waits for what becomes of it.
        let is_call = self.phase == Phase::Link && envelope.message.type_url.ends_with(".RPCMessage");
        if payload && (is_call || self.admit_size(frame.len())) {
            return Some(Payload { message: envelope.message, topic: envelope.topic });
        }
        None
    }

    /// Whether a text message of this length is to be read at all; if it is too long, there is a warning.
    pub fn accepts(&mut self, length: usize) -> bool {
        self.note_message() && self.admit_size(length)
    }

    /// Feeds one text message, read as the JSON of a `TeraMessage`, and returns it if it is to be delivered.
    ///
    /// How a host reads JSON is its own; the length is checked beforehand with [`accepts`](Self::accepts).
    pub fn handle_text<T>(&mut self, now: Timestamp, read: Result<T, TeraError>) -> Option<T> {
        match read {
            Ok(message) => {
                self.found_plain(now);
                self.stats.received += 1;
                Some(message)
            }
            Err(error) => {
                self.warn(error);
                None
            }
        }
    }

    /// A message came, for the first of which a closing connection waits; false if it does not count.
    fn note_message(&mut self) -> bool {
        if self.phase == Phase::Closing {
            self.attempt_deadline = None;
            self.hang_up(1000);
        }
        self.phase != Phase::Idle
    }

    /// Whether a message of this length is to be delivered; if it is too long, there is a warning.
    fn admit_size(&mut self, length: usize) -> bool {
        let limit = self.options.max_frame_bytes;
        if length > limit {
            let description = joined(&["A message of ", &decimal(length), " bytes was dropped."]);
            let error = TeraError::new(ErrorCode::TooLarge, description)
                .with_help("Raise `maxFrameBytes` if such messages are expected.");
            self.warn(error);
        }
        length <= limit
    }

    /// Takes acknowledgement and number in; false if the message does not count. What is received is received before
    /// anybody hears of it: whatever a handler does, it does not come again.
    fn take_numbers(&mut self, now: Timestamp, envelope: &Envelope<'_>, bytes: usize) -> bool {
        if self.phase != Phase::Link {
            if envelope.seq > 0 {
                self.violate(now, "The server sent what has no place here.");
            }
            return envelope.seq == 0;
        }
        if envelope.ack > 0 {
            if !self.outgoing.acknowledge(envelope.ack) {
                self.violate(now, "The gateway acknowledges what was not sent.");
                return false;
            }
            self.warned &= self.outgoing.len() > 0;
        }
        if envelope.seq == 0 {
            return true;
        }
        let order = self.inbound.take(now, envelope.seq, bytes);
        match order {
            Order::Next => self.stats.received += 1,
            Order::Duplicate => self.stats.duplicates += 1,
            Order::Jump => {
                self.violate(now, "A message of the gateway is missing.");
                return false;
            }
        }
        if self.inbound.take_ack_due(now, ACK_MESSAGES) {
            self.transmit_ack();
        }
        order == Order::Next
    }

    pub(super) fn transmit_ack(&mut self) {
        self.transmit_control(ACK);
    }

    /// Handles a message of the link; true if it is a payload instead.
    fn handle_message(&mut self, now: Timestamp, envelope: &Envelope<'_>) -> bool {
        let decoded = match &envelope.damage {
            Some(error) => Err(*error),
            None => ServerFrame::decode(envelope.message),
        };
        let frame = match decoded {
            Ok(frame) => frame,
            Err(error) => {
                self.warn(error);
                return false;
            }
        };
        match (frame, self.phase) {
            (ServerFrame::Payload, Phase::Link) if envelope.seq > 0 => return true,
            (ServerFrame::Payload, Phase::Dialing | Phase::Open | Phase::Plain) => {
                self.found_plain(now);
                self.stats.received += 1;
                return true;
            }
            (frame @ ServerFrame::Welcome { .. }, Phase::Dialing | Phase::Open) => {
                self.handle_welcome(now, &frame);
            }
            (ServerFrame::Session { token, resumed, received }, Phase::Greeting) => {
                self.handle_session(now, token, resumed, received);
            }
            (ServerFrame::Goodbye { retry_after_min_ms, retry_after_max_ms, is_final, error }, phase)
                if phase != Phase::Plain =>
            {
                self.handle_goodbye(retry_after_min_ms, retry_after_max_ms, is_final, error);
            }
            (frame, Phase::Link) => self.handle_link(now, frame, envelope.seq),
            _ => self.violate(now, "The server sent what has no place here."),
        }
        false
    }

    fn handle_link(&mut self, now: Timestamp, frame: ServerFrame<'_>, seq: u64) {
        match (frame, seq) {
            (ServerFrame::Ping(id), 0) => self.transmit_control(&number_frame("/tera.link.v1.Pong", id)),
            (ServerFrame::Pong(id, window), 0) => {
                if window > 0 {
                    self.backoff.widen(window);
                }
                if let Some(took) = self.liveness.pong(now, id) {
                    self.round_trips.add(took);
                }
            }
            (ServerFrame::Ack, 0) => {}
            (ServerFrame::Reply(id, outcome), 1..) => self.handle_reply(now, RequestId(id), outcome),
            (ServerFrame::Notice(error), 1..) => self.warn(error),
            (ServerFrame::Gap(bytes), 1..) => self.handle_gap(bytes),
            _ => self.violate(now, "The server sent what has no place here."),
        }
    }

    fn handle_reply(&mut self, now: Timestamp, id: RequestId, outcome: Outcome<'_>) {
        let outcome = answer(outcome);
        if !self.requests.contains(id) {
            return self.handle_renewal(now, id, outcome.err());
        }
        // Of what is subscribed to twice one is kept.
        if outcome.is_err() || self.is_made_before(id) {
            self.forget_subscription(id);
        }
        self.settle(id, outcome);
    }

    /// Whether another request than this one has made the subscription.
    fn is_made_before(&self, id: RequestId) -> bool {
        self.subscription_by(id).is_some_and(|index| {
            let pattern = &self.subscriptions[index].pattern;
            self.subscriptions.iter().any(|each| each.pattern == *pattern && !self.requests.contains(each.id))
        })
    }

    pub(super) fn settle(&mut self, id: RequestId, outcome: Result<Answer, TeraError>) {
        if self.requests.settle(id).is_some() {
            self.emit(Event::Settled(id, outcome));
        }
    }

    fn handle_gap(&mut self, bytes: &[u8]) {
        let mut parts = 0;
        let read = ServerFrame::gap(bytes, |part| {
            parts += 1;
            if parts <= MAX_MISSING {
                self.handle_missing(part);
            }
        });
        if let Err(error) = read {
            self.warn(error);
        }
    }

    fn handle_missing(&mut self, part: Missing<'_>) {
        match part {
            Missing::Topic { topic, first, last, count } => {
                self.report_gap(Gap { topic: topic.to_owned(), first, last, count });
            }
            Missing::Reply(id) => {
                let id = RequestId(id);
                let is_asked = self.requests.contains(id);
                let Some(index) = self.subscription_by(id) else {
                    return self.settle(id, Err(uncertain()));
                };
                // The reply may have been an error. Doing it twice is doing it once.
                if !is_asked {
                    self.lapse(index, uncertain());
                }
                if !self.outgoing.holds_untried(id) {
                    let pattern = &self.subscriptions[index].pattern;
                    let frame = operation_frame(id, Operation::Subscribe, pattern);
                    self.outgoing.push(Purpose::Request(id), frame);
                }
            }
            Missing::Notice => self.warn(uncertain()),
        }
    }

    pub(super) fn report_gap(&mut self, gap: Gap) {
        self.stats.gaps += 1;
        self.stats.missed = self.stats.missed.saturating_add(gap.count.unwrap_or(0));
        self.emit(Event::Gap(gap));
    }

    /// The server's first message tells what it is; later ones change nothing.
    fn found_plain(&mut self, now: Timestamp) {
        if matches!(self.phase, Phase::Dialing | Phase::Open) {
            self.phase = Phase::Plain;
            let again = self.server.is_some();
            self.connect(now, Server::Plain, false);
            if again {
                self.emit(Event::Resync);
            }
            self.drop_all_unsupported();
        }
    }

    /// The handshake is over.
    pub(super) fn connect(&mut self, now: Timestamp, server: Server, resumed: bool) {
        self.attempt_deadline = None;
        self.connected_at = now;
        self.retry_after = None;
        self.stats.reconnects += u64::from(self.server.is_some());
        self.stats.resumes += u64::from(resumed);
        self.server = Some(server);
        let mode = match server {
            Server::Gateway => Mode::Link { address: self.address.clone() },
            Server::Plain => Mode::Plain,
        };
        self.enter(State::Connected { mode, resumed });
    }
}

/// The frame of an Ack: its message has no fields.
pub(super) const ACK: &[u8] = b"\x0a\x13\x0a\x11/tera.link.v1.Ack";

pub(super) fn uncertain() -> TeraError {
    TeraError::new(ErrorCode::Uncertain, "It may have been carried out.")
        .with_help("Ask what became of it before doing it again.")
}
