//! What the client says.

use super::{
    Correlation, GATEWAY, GOING_AWAY, Numbers, Operation, Output, Presence, Session, close_code, is,
    queue_full, requests,
};
use crate::{
    error::{DecodeError, ErrorCode, TeraError},
    link::{
        frame::{ClientFrame, Envelope},
        inbound::Order,
        liveness::Verdict,
        messages::{self, Ack, Call, CloseCode, Ping, Pong, Request, request},
    },
    opentera::TeraModuleMessage,
    time::Timestamp,
};

/// Most subscriptions and unsubscriptions that wait to be done: a client that gets a new session renews all of its 1024
/// at once, and may ask for others meanwhile.
const MAX_SUBSCRIPTIONS: usize = 2048;
/// So many messages are acknowledged at once: few beside what a client may have on its way, which is its burst.
const ACK_MESSAGES: u32 = 64;
/// Longest topic, pattern or method of the gateway, in bytes.
const MAX_TOPIC_BYTES: usize = 512;

impl Session {
    /// Takes what the client sent as a binary message after its Hello.
    pub fn handle_frame(&mut self, now: Timestamp, frame: &[u8], numbers: &mut dyn Numbers) {
        if !self.note_heard(now) {
            return;
        }
        let envelope = match Envelope::decode(frame) {
            Ok(envelope) => envelope,
            Err(error) => return self.refuse(now, error),
        };
        let Some(progress) = self.replay.acknowledge(envelope.ack) else {
            return self.violate("the client acknowledges what was not sent");
        };
        let message = match envelope.damage {
            Some(error) => Err(error),
            None => ClientFrame::decode(envelope.message),
        };
        // What answers the gateway's own messages is no more than those are, and costs nothing.
        let is_answer = match message {
            Ok(ClientFrame::Ack) => progress > 0,
            Ok(ClientFrame::Pong(id)) => self.liveness.pong(now, id).is_some(),
            _ => false,
        };
        if (is_answer || self.charge(now)) && self.take_number(now, &envelope, &message, frame.len()) {
            self.handle_message(now, message, numbers);
        }
        self.acknowledge_if_due(now);
    }

    /// Takes what the client sent as a text message after its Hello: a signal, which has no number, goes one way and is not
    /// sent again.
    pub fn handle_text(&mut self, now: Timestamp, text: &str) {
        if !self.note_heard(now) || !self.charge(now) {
            return;
        }
        if let Err(error) = self.make_room(1) {
            return self.notice(now, error);
        }
        self.publishing += 1;
        self.outputs.push_back(Output::Signal(text.to_owned()));
    }

    /// Counts a websocket ping, which the transport answers.
    pub fn handle_ping(&mut self, now: Timestamp) {
        if self.note_heard(now) {
            self.charge(now);
        }
    }

    /// Lets time pass: requests whose deadline has come are answered with an error, and a silent client is probed.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        for correlation in self.requests.due(now) {
            self.abandon(correlation);
            let error = TeraError::new(ErrorCode::Timeout, "no answer came within the time given");
            self.fail(now, correlation, error);
        }
        if !self.is_attached() {
            return;
        }
        match self.liveness.check(now) {
            Verdict::Fine => {}
            Verdict::Ping(id) => self.control(now, &Ping { id }),
            Verdict::Lost => return self.disconnect(now, GOING_AWAY, "nothing was heard of the client"),
        }
        self.acknowledge_if_due(now);
    }

    /// Whether messages count, and notes that there was one.
    fn note_heard(&mut self, now: Timestamp) -> bool {
        self.liveness.heard(now);
        if self.presence == Presence::Fresh {
            self.presence = Presence::Attached;
            self.outputs.push_back(Output::Confirmed);
        }
        self.is_attached()
    }

    /// Takes a message's number in; false if the message does not count.
    fn take_number(
        &mut self,
        now: Timestamp,
        envelope: &Envelope<'_>,
        message: &Result<ClientFrame<'_>, DecodeError>,
        bytes: usize,
    ) -> bool {
        let is_numbered = envelope.seq > 0;
        if message.as_ref().is_ok_and(|message| message.is_numbered() != is_numbered) {
            self.violate("a message has a number where it must not, or none where it must");
            return false;
        }
        if !is_numbered {
            return true;
        }
        let order = self.inbound.take(now, envelope.seq, bytes);
        if order == Order::Jump {
            self.violate("a message of the client is missing");
            return false;
        }
        order == Order::Next
    }

    fn acknowledge_if_due(&mut self, now: Timestamp) {
        if self.is_attached() && self.inbound.take_ack_due(now, ACK_MESSAGES) {
            self.control(now, &Ack {});
        }
    }

    fn handle_message(
        &mut self,
        now: Timestamp,
        message: Result<ClientFrame<'_>, DecodeError>,
        numbers: &mut dyn Numbers,
    ) {
        match message {
            Ok(ClientFrame::Request(request)) => self.request(now, request, numbers),
            Ok(ClientFrame::Cancel(cancel)) => {
                if let Some(correlation) = self.requests.remove_id(cancel.id) {
                    self.abandon(correlation);
                    self.retire(correlation);
                }
            }
            Ok(ClientFrame::Ping(id)) => {
                self.control(now, &Pong { id, ..Pong::default() });
            }
            Ok(ClientFrame::Pong(_) | ClientFrame::Ack) => {}
            Ok(ClientFrame::Payload(any)) if is::<TeraModuleMessage>(any.type_url) => {
                if let Err(error) = self.send(now, any.value) {
                    self.notice(now, error);
                }
            }
            Ok(ClientFrame::Payload(_)) => {
                let description = "the gateway can't do anything with this message";
                let error = TeraError::new(ErrorCode::ProtocolViolation, description)
                    .with_help("A client sends Request, Cancel and TeraModuleMessage.");
                self.notice(now, error);
            }
            Ok(ClientFrame::Hello(_)) => self.violate("a second Hello on one socket"),
            Err(error) => self.notice(now, error.into()),
        }
    }

    /// Answers bytes that are no frame.
    fn refuse(&mut self, now: Timestamp, error: DecodeError) {
        if self.charge(now) {
            self.notice(now, error.into());
        }
    }

    fn request(&mut self, now: Timestamp, request: Request, numbers: &mut dyn Numbers) {
        let id = request.id;
        if self.requests.contains(id) {
            let description = format!("request {id} is still waiting for its answer");
            return self.notice(now, TeraError::new(ErrorCode::ProtocolViolation, description));
        }
        if let Err(error) = self.start(now, request, numbers) {
            self.reply_error(now, id, error);
        }
    }

    fn start(
        &mut self,
        now: Timestamp,
        request: Request,
        numbers: &mut dyn Numbers,
    ) -> Result<(), TeraError> {
        let is_subscription = matches!(
            request.operation,
            Some(request::Operation::Subscribe(_) | request::Operation::Unsubscribe(_))
        );
        self.admit(is_subscription)?;
        let id = request.id;
        let deadline = now.after(self.timeout(request.timeout_ms));
        let (output, correlation, seq) = match request.operation {
            Some(request::Operation::Message(message)) => self.message(now, message, numbers)?,
            Some(request::Operation::Call(call)) if call.target != GATEWAY => {
                self.call(now, call, numbers)?
            }
            operation => (Output::Operate(id, asked(operation)?), Correlation::Operation(id), 0),
        };
        self.requests.insert(correlation, requests::Request { id, seq, deadline, is_subscription });
        self.publishing += usize::from(matches!(output, Output::Publish(_)));
        self.outputs.push_back(output);
        Ok(())
    }

    /// Whether one more request may wait for its answer.
    fn admit(&self, is_subscription: bool) -> Result<(), TeraError> {
        let (subscriptions, others) = self.requests.counts();
        let (count, limit) = if is_subscription {
            (subscriptions, MAX_SUBSCRIPTIONS)
        } else {
            self.make_room(1)?;
            (others, self.setup.limits.pending_requests)
        };
        if count >= limit {
            return Err(queue_full("requests wait for their answer"));
        }
        Ok(())
    }

    /// False, and the socket is closed, if the client sends too much.
    fn charge(&mut self, now: Timestamp) -> bool {
        let paid = self.bucket.take(now);
        if !paid {
            self.disconnect(now, close_code(CloseCode::CloseRateLimited), "too many messages per second");
        }
        paid
    }
}

/// What is not answered by the bus, but done by the gateway.
fn asked(operation: Option<request::Operation>) -> Result<Operation, TeraError> {
    let (topic, operation) = match operation {
        Some(request::Operation::Call(Call { rpc: Some(rpc), .. })) => {
            (rpc.method.clone(), Operation::Command(rpc))
        }
        Some(request::Operation::Subscribe(messages::Subscribe { pattern })) => {
            (pattern.clone(), Operation::Subscribe(pattern))
        }
        Some(request::Operation::Unsubscribe(messages::Unsubscribe { pattern })) => {
            (pattern.clone(), Operation::Unsubscribe(pattern))
        }
        Some(request::Operation::Publish(messages::Publish { topic, message: Some(message) })) => {
            (topic.clone(), Operation::Publish { topic, message })
        }
        _ => return Err(TeraError::new(ErrorCode::InvalidMessage, "the request asks for nothing")),
    };
    if topic.is_empty() || topic.len() > MAX_TOPIC_BYTES {
        let description = format!("a topic, and a method of the gateway, has 1 to {MAX_TOPIC_BYTES} bytes");
        return Err(TeraError::new(ErrorCode::InvalidArgument, description));
    }
    Ok(operation)
}
