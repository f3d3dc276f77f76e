//! From the client to the bus: checks what the client wants sent, stamps it, and makes publications of it.

use std::time::Duration;

use prost::Message as _;

use super::{
    Correlation, MAX_RECIPIENTS, MESSAGE_VERSION, Numbers, Output, Publication, Session, access, queue_full,
};
use crate::{
    error::{ErrorCode, TeraError},
    link::messages::Call,
    opentera::{TeraModuleMessage, tera_module_message::Header},
    time::Timestamp,
    topic::{Channel, Topic},
};

impl Session {
    pub(super) fn message(
        &self,
        now: Timestamp,
        mut message: TeraModuleMessage,
        numbers: &mut dyn Numbers,
    ) -> Result<(Output, Correlation, u32), TeraError> {
        let head = message.head.get_or_insert_default();
        let target = access::target(&head.dest)?;
        self.setup.access.check_target(&target)?;
        let number = numbers.message();
        let client_seq = head.seq;
        let topic = target.topic(Channel::Messages).to_string();
        *head = self.head(now, number, topic.clone());
        let request = Some(Correlation::Message(number));
        let publication = Publication { number: 0, topic, payload: message.encode_to_vec().into(), request };
        Ok((Output::Publish(publication), Correlation::Message(number), client_seq))
    }

    pub(super) fn call(
        &self,
        now: Timestamp,
        call: Call,
        numbers: &mut dyn Numbers,
    ) -> Result<(Output, Correlation, u32), TeraError> {
        let topic = self.setup.access.topic_of_calls(&call.target)?.to_string();
        let mut rpc = call.rpc.unwrap_or_default();
        if rpc.method.is_empty() {
            return Err(TeraError::new(ErrorCode::InvalidArgument, "the call names no method"));
        }
        let number = numbers.call();
        rpc.reply_to.clone_from(&self.setup.reply_channel);
        rpc.id = number;
        rpc.timestamp = unix_seconds(now);
        let request = Some(Correlation::Call(number));
        let publication = Publication { number: 0, topic, payload: rpc.encode_to_vec().into(), request };
        Ok((Output::Publish(publication), Correlation::Call(number), 0))
    }

    /// Publishes a message that no reply is awaited for.
    pub(super) fn send(&mut self, now: Timestamp, message: &[u8]) -> Result<(), TeraError> {
        let message = TeraModuleMessage::decode(message)
            .map_err(|error| TeraError::new(ErrorCode::InvalidMessage, error.to_string()))?;
        let head = message.head.clone().unwrap_or_default();
        let topics = self.setup.access.topics_of(&head.dest, &message)?;
        self.make_room(topics.len())?;
        // No number for clients: it must not pass for the answer to a request of theirs.
        let is_for_clients = matches!(topics[..], [Topic::Answers(_), ..]);
        let seq = if is_for_clients { 0 } else { head.seq };
        for topic in topics {
            self.publish_message(now, seq, topic, message.clone());
        }
        Ok(())
    }

    fn publish_message(&mut self, now: Timestamp, seq: u32, topic: Topic, mut message: TeraModuleMessage) {
        let topic = topic.to_string();
        message.head = Some(self.head(now, seq, topic.clone()));
        let (number, payload) = (self.inbound.received(), message.encode_to_vec().into());
        self.publishing += 1;
        *self.sends.entry(number).or_default() += 1;
        self.outputs.push_back(Output::Publish(Publication { number, topic, payload, request: None }));
    }

    fn head(&self, now: Timestamp, seq: u32, dest: String) -> Header {
        Header { version: MESSAGE_VERSION, time: unix_seconds(now), seq, source: self.address.clone(), dest }
    }

    pub(super) fn make_room(&self, publications: usize) -> Result<(), TeraError> {
        // More recipients than the whole queue holds must still find room in an empty one.
        let limit = self.setup.limits.pending_requests.max(MAX_RECIPIENTS);
        if self.publishing + publications > limit {
            return Err(queue_full("messages wait to be published"));
        }
        Ok(())
    }

    pub(super) fn timeout(&self, milliseconds: u32) -> Duration {
        let limits = &self.setup.limits;
        let asked = match milliseconds {
            0 => limits.default_timeout,
            _ => Duration::from_millis(milliseconds.into()),
        };
        asked.min(limits.max_timeout)
    }
}

#[expect(clippy::cast_precision_loss, reason = "the milliseconds since 1970 need 41 of the 53 bits")]
fn unix_seconds(now: Timestamp) -> f64 {
    now.as_millis() as f64 / 1000.0
}
