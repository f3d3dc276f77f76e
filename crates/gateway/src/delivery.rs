//! A message from the bus, and what the gateway makes of it: once, however many sockets it goes to.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use prost::{Message as _, Name, encoding::encode_varint};
use tera_protocol::{
    any::type_name,
    error::DecodeError,
    link::frame::{encode, put_topic},
    opentera::{
        RpcMessage, ServerCommand, TeraEvent, TeraModuleMessage, Value as Argument,
        server_command::CommandType, value::ArgValue,
    },
    reader::{AnyRef, Reader, Value},
    topic::Identity,
};
use tera_signals::Draft;

use crate::serving::Taker;

/// What `reply_to` of an invocation says when it is a signal.
const SIGNAL: &str = "signal";

/// A message published on a topic. Cloning it is cheap, and clones share what was worked out from it.
#[derive(Clone, Debug)]
pub struct Delivery(Arc<Published>);

#[derive(Debug)]
struct Published {
    topic: Arc<str>,
    payload: Bytes,
    event: OnceLock<Option<Bytes>>,
    answer: OnceLock<Option<Answer>>,
    signal: OnceLock<Option<Signal>>,
    taker: OnceLock<Option<Taker>>,
}

/// A module message addressed to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The number by which it may answer a request.
    pub(crate) seq: u32,
    /// The frame that holds it.
    pub(crate) frame: Bytes,
}

/// A signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    /// The client that it is for; `None` if it is for whoever listens.
    pub(crate) agent: Option<Identity>,
    /// The frame that holds its JSON.
    pub(crate) frame: Bytes,
}

impl Delivery {
    pub(crate) fn new(topic: Arc<str>, payload: Bytes) -> Self {
        Self(Arc::new(Published {
            topic,
            payload,
            event: OnceLock::new(),
            answer: OnceLock::new(),
            signal: OnceLock::new(),
            taker: OnceLock::new(),
        }))
    }

    /// The topic it was published on.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.0.topic
    }

    /// The same, to keep.
    pub(crate) fn shared_topic(&self) -> &Arc<str> {
        &self.0.topic
    }

    /// The bytes as they were published.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.0.payload
    }

    /// The frame that holds it as a TeraEvent; `None`, with one line in the log, if it is none.
    pub(crate) fn event(&self) -> Option<&Bytes> {
        let work_out =
            || self.checked(TeraEvent::decode(self.payload().clone())).map(|_| self.frame::<TeraEvent>());
        self.0.event.get_or_init(work_out).as_ref()
    }

    /// This delivery as a module message; `None`, with one line in the log, if it is none.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        let work_out = || {
            let message = self.checked(TeraModuleMessage::decode(self.payload().clone()))?;
            let seq = message.head.map_or(0, |head| head.seq);
            Some(Answer { seq, frame: self.frame::<TeraModuleMessage>() })
        };
        self.0.answer.get_or_init(work_out).as_ref()
    }

    /// This delivery as a signal; `None`, with one line in the log, if it is none.
    pub(crate) fn signal(&self) -> Option<&Signal> {
        let work_out = || {
            let text = self.checked(str::from_utf8(self.payload()))?;
            let draft = self.checked(Draft::parse(text).and_then(Draft::complete))?;
            let json = Argument { arg_value: Some(ArgValue::StringValue(text.to_owned())) };
            let invocation = RpcMessage { reply_to: SIGNAL.into(), args: vec![json], ..Default::default() };
            let mut frame = encode(&invocation);
            put_topic(&mut frame, self.topic());
            Some(Signal { agent: draft.agent(), frame: frame.into() })
        };
        self.0.signal.get_or_init(work_out).as_ref()
    }

    /// This delivery as a call; `None`, with one line in the log, if it is none.
    pub(crate) fn call(&self) -> Option<RpcMessage> {
        self.checked(RpcMessage::decode(self.payload().clone()))
    }

    /// Who takes it, a call: whom the first to ask has chosen.
    pub(crate) fn taker(&self, choose: impl FnOnce() -> Option<Taker>) -> Option<Taker> {
        *self.0.taker.get_or_init(choose)
    }

    /// Whether this delivery, an event or a module message, tells the client's socket to close.
    pub(crate) fn logs_out(&self) -> bool {
        logs_out(self.payload()).unwrap_or(false)
    }

    fn checked<T>(&self, decoded: Result<T, impl fmt::Display>) -> Option<T> {
        decoded
            .inspect_err(|error| {
                tracing::warn!(topic = self.topic(), %error, "dropped a message that can't be decoded");
            })
            .ok()
    }

    fn frame<M: Name>(&self) -> Bytes {
        let mut frame = frame::<M>(self.payload());
        put_topic(&mut frame, self.topic());
        frame.into()
    }
}

/// `TeraMessage { message: Any }` around a message that is already encoded.
fn frame<M: Name>(encoded: &[u8]) -> Vec<u8> {
    const TYPE_URL_KEY: u8 = 0x0a;
    const VALUE_KEY: u8 = 0x12;
    const MESSAGE_KEY: u8 = 0x0a;
    /// For the message's key and length, and the topic's.
    const ROOM: usize = 11 + 80;
    let type_url = M::type_url();
    let mut head = vec![TYPE_URL_KEY];
    encode_varint(type_url.len() as u64, &mut head);
    head.extend_from_slice(type_url.as_bytes());
    head.push(VALUE_KEY);
    encode_varint(encoded.len() as u64, &mut head);
    let mut frame = Vec::with_capacity(head.len() + encoded.len() + ROOM);
    frame.push(MESSAGE_KEY);
    encode_varint((head.len() + encoded.len()) as u64, &mut frame);
    frame.extend_from_slice(&head);
    frame.extend_from_slice(encoded);
    frame
}

/// TeraEvent and TeraModuleMessage both hold their Anys in field 2.
fn logs_out(payload: &[u8]) -> Result<bool, DecodeError> {
    let mut reader = Reader::new(payload);
    while let Some(field) = reader.field()? {
        let (2, Value::Bytes(any)) = field else { continue };
        let any = AnyRef::decode(any)?;
        if type_name(any.type_url) == type_name(&ServerCommand::type_url())
            && ServerCommand::decode(any.value)?.r#type() == CommandType::CmdClientDisconnect
        {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use tera_protocol::{
        any::pack,
        opentera::{UserEvent, tera_event},
    };

    use super::*;

    fn delivery(payload: Vec<u8>) -> Delivery {
        Delivery::new("topic".into(), payload.into())
    }

    #[test]
    fn the_concatenated_frame_is_the_encoded_one_with_its_topic() {
        for size in [0, 1, 100, 127, 128, 20_000] {
            let header = tera_event::Header { version: 1, time: 2.5, topic: "t".repeat(size) };
            let event = TeraEvent { header: Some(header), events: vec![pack(&UserEvent::default())] };
            let mut expected = encode(&event);
            put_topic(&mut expected, "topic");
            assert_eq!(delivery(event.encode_to_vec()).event().unwrap(), &expected);
        }
    }

    #[test]
    fn wrong_bytes_are_neither_an_event_nor_an_answer() {
        let wrong = delivery(vec![0xff; 9]);
        assert_eq!(wrong.event(), None);
        assert_eq!(wrong.answer(), None);
        assert_eq!(wrong.signal(), None);
        assert!(!wrong.logs_out());
    }

    #[test]
    fn a_disconnect_command_is_found_in_an_event_and_in_a_module_message() {
        let command = ServerCommand { r#type: CommandType::CmdClientDisconnect.into(), ..Default::default() };
        let anys = vec![pack(&UserEvent::default()), pack(&command)];
        assert!(
            delivery(TeraEvent { events: anys.clone(), ..Default::default() }.encode_to_vec()).logs_out()
        );
        assert!(delivery(TeraModuleMessage { data: anys, ..Default::default() }.encode_to_vec()).logs_out());
        let other = ServerCommand { r#type: CommandType::CmdRegisterDevice.into(), ..Default::default() };
        let event = TeraEvent { events: vec![pack(&other)], ..Default::default() };
        assert!(!delivery(event.encode_to_vec()).logs_out());
    }
}
