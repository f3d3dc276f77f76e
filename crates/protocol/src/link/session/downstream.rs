//! From the bus to the client: deliveries, answers and what is lost of them.

use std::sync::Arc;

use bytes::Bytes;
use prost::{Message as _, Name};

use super::{
    Correlation, Publication, Session, close_code,
    gaps::{self, Content},
    requests, unreachable,
};
use crate::{
    error::{ErrorCode, TeraError},
    link::messages::{CloseCode, Done, Notice, Reply, reply::Outcome},
    opentera::TeraModuleMessage,
    time::Timestamp,
};

impl Session {
    /// Passes on a finished frame, not numbered: a message that was published on `topic` and answers no request. Returns its
    /// position, by which [`attach`](Self::attach) may say that it will never come; `None` if the session is over.
    pub fn handle_delivery(&mut self, now: Timestamp, topic: &Arc<str>, frame: Bytes) -> Option<u64> {
        if self.is_over() {
            return None;
        }
        let position = self.replay.push_topic(now, topic, frame);
        if position.is_none() {
            let code = close_code(CloseCode::CloseTooManySubscriptions);
            self.end(code, "too many topics for one session");
        }
        self.keep_bounds(now);
        position
    }

    /// So many messages of a topic had to be dropped before they came here.
    pub fn handle_missed(&mut self, now: Timestamp, topic: &Arc<str>, count: u64) {
        let Some(first) = self.replay.skip(topic, count) else {
            return self.handle_bus_lost(now, [&**topic]);
        };
        let gap = gaps::run(topic, first, count);
        self.deliver(now, Content::Gap(Box::new(gap.clone())), &gap);
    }

    /// The bus has lost messages of these topics, or patterns of topics, and nobody knows how many.
    pub fn handle_bus_lost<'a>(&mut self, now: Timestamp, topics: impl IntoIterator<Item = &'a str>) {
        let gap = gaps::unknown(topics);
        self.deliver(now, Content::Gap(Box::new(gap.clone())), &gap);
    }

    /// Takes the answer to a message. It may come late or twice.
    pub fn handle_answer(&mut self, now: Timestamp, seq: u32, answer: &[u8]) {
        let Some(request) = self.settle(Correlation::Message(seq)) else { return };
        let outcome = match TeraModuleMessage::decode(answer) {
            Ok(mut message) => {
                message.head.get_or_insert_default().seq = request.seq;
                Outcome::Message(message)
            }
            Err(error) => failure(TeraError::new(ErrorCode::InvalidMessage, error.to_string())),
        };
        self.reply(now, request.id, outcome);
    }

    /// Takes what a call returned, as JSON text, or why it failed. It may come late or twice.
    pub fn handle_return(&mut self, now: Timestamp, id: u64, result: Result<String, TeraError>) {
        if let Some(request) = self.settle(Correlation::Call(id)) {
            self.reply(now, request.id, result.map_or_else(failure, Outcome::Json));
        }
    }

    /// Takes how an [`Operation`](super::Operation) went, with JSON text if it brought something. It may come late or twice.
    pub fn handle_operation(&mut self, now: Timestamp, id: u64, result: Result<Option<String>, TeraError>) {
        if let Some(request) = self.settle(Correlation::Operation(id)) {
            let outcome = match result {
                Ok(Some(json)) => Outcome::Json(json),
                Ok(None) => Outcome::Done(Done {}),
                Err(error) => failure(error),
            };
            self.reply(now, request.id, outcome);
        }
    }

    /// Takes how a publication went: the number of its receivers, or why it failed, which is [`ErrorCode::Uncertain`] if it may have
    /// been carried out all the same.
    pub fn handle_published(
        &mut self,
        now: Timestamp,
        publication: &Publication,
        receivers: Result<u64, TeraError>,
    ) {
        self.publishing = self.publishing.saturating_sub(1);
        if let Some(left) = self.sends.get_mut(&publication.number) {
            *left -= 1;
            if *left == 0 {
                self.sends.remove(&publication.number);
                if std::mem::take(&mut self.withheld) {
                    self.inbound.owe(now);
                }
            }
        }
        let error = match receivers {
            Err(error) => error,
            Ok(0) => unreachable(&publication.topic),
            Ok(_) => return,
        };
        match publication.request {
            Some(correlation) => self.fail(now, correlation, error),
            None => self.notice(now, error),
        }
    }

    /// Takes how an [`Output::Signal`](super::Output::Signal) went. The client hears of it only if it was refused.
    pub fn handle_signal(&mut self, now: Timestamp, result: Result<(), TeraError>) {
        self.publishing = self.publishing.saturating_sub(1);
        if let Err(error) = result {
            self.notice(now, error);
        }
    }

    fn settle(&mut self, correlation: Correlation) -> Option<requests::Request> {
        let request = self.requests.remove(correlation)?;
        self.retire(correlation);
        Some(request)
    }

    pub(super) fn fail(&mut self, now: Timestamp, correlation: Correlation, error: TeraError) {
        if let Some(request) = self.settle(correlation) {
            self.reply_error(now, request.id, error);
        }
    }

    pub(super) fn reply_error(&mut self, now: Timestamp, id: u64, error: TeraError) {
        self.reply(now, id, failure(error));
    }

    fn reply(&mut self, now: Timestamp, id: u64, outcome: Outcome) {
        self.deliver(now, Content::Reply(id), &Reply { id, outcome: Some(outcome) });
    }

    pub(super) fn notice(&mut self, now: Timestamp, error: TeraError) {
        self.deliver(now, Content::Notice, &Notice { error: Some(error.into()) });
    }

    fn deliver<M: Name>(&mut self, now: Timestamp, content: Content, message: &M) {
        if !self.is_over() {
            self.replay.push_message(now, content, message);
            self.keep_bounds(now);
        }
    }

    fn keep_bounds(&mut self, now: Timestamp) {
        if !self.is_attached() {
            self.replay.trim(now);
        } else if self.replay.is_overfull() {
            self.slow(now);
        }
    }
}

fn failure(error: TeraError) -> Outcome {
    Outcome::Error(error.into())
}
