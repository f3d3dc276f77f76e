//! The content of simulated messages: the number by which the books know them.

use bytes::Bytes;
use prost::Message as _;
use prost_types::Any;
use tera_protocol::{
    link::frame::{encode_any, put_topic},
    opentera::{RpcMessage, TeraModuleMessage},
    reader::AnyRef,
};

const TYPE: &str = "/simulation.Number";

/// A number and padding.
fn any(number: u32, padding: usize) -> Any {
    let mut value = vec![0; 4 + padding];
    value[..4].copy_from_slice(&number.to_le_bytes());
    Any { type_url: TYPE.into(), value }
}

fn number(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The frame of an event.
pub(crate) fn event(topic: &str, number: u32, padding: usize) -> Bytes {
    let mut frame = encode_any(any(number, padding));
    put_topic(&mut frame, topic);
    frame.into()
}

/// The number of an event that was delivered.
pub(crate) fn of_event(message: AnyRef<'_>) -> Option<u32> {
    number(message.value)
}

/// The bytes of an Any, to be published.
pub(crate) fn publication(number: u32, padding: usize) -> Vec<u8> {
    any(number, padding).encode_to_vec()
}

/// The number of what is published.
pub(crate) fn of_publication(message: &Any) -> Option<u32> {
    number(&message.value)
}

/// The bytes of a message without a head.
pub(crate) fn message(number: u32, padding: usize) -> Vec<u8> {
    TeraModuleMessage { head: None, data: vec![any(number, padding)] }.encode_to_vec()
}

/// The number of a message.
pub(crate) fn of_message(bytes: &[u8]) -> Option<u32> {
    number(&TeraModuleMessage::decode(bytes).ok()?.data.first()?.value)
}

/// The bytes of a call.
pub(crate) fn call(number: u32) -> Vec<u8> {
    RpcMessage { method: number.to_string(), ..Default::default() }.encode_to_vec()
}

/// The number of a call, and the number that the gateway gave it.
pub(crate) fn of_call(bytes: &[u8]) -> Option<(u32, u64)> {
    let call = RpcMessage::decode(bytes).ok()?;
    Some((call.method.parse().ok()?, call.id))
}
