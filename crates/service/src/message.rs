//! Module messages and events as calls use them.

use std::time::SystemTime;

use prost::{Message, Name};
use prost_types::Any;
use tera_protocol::{
    any::{pack, type_name},
    error::{ErrorCode, TeraError},
    opentera::{TeraEvent, TeraModuleMessage, tera_event, tera_module_message::Header},
    topic::{Channel, Target},
};

use crate::Failure;

/// Version of OpenTera's formats of messages and events.
const VERSION: u32 = 1;

/// Digits of a stream's name.
const STREAM_DIGITS: usize = 32;

/// Where calls of the service with this key are published.
pub(crate) fn service_topic(key: &str) -> Result<String, TeraError> {
    let target = Target::service(key)
        .map_err(|error| TeraError::new(ErrorCode::InvalidArgument, format!("the key `{key}`: {error}")))?;
    Ok(target.topic(Channel::Messages).to_string())
}

pub(crate) fn module_message(seq: u32, source: &str, dest: &str, data: Vec<Any>) -> Vec<u8> {
    let (source, dest) = (source.to_owned(), dest.to_owned());
    let head = Header { version: VERSION, time: unix_seconds(), seq, source, dest };
    TeraModuleMessage { head: Some(head), data }.encode_to_vec()
}

pub(crate) fn event<M: Name>(topic: &str, message: &M) -> Vec<u8> {
    let header = tera_event::Header { version: VERSION, time: unix_seconds(), topic: topic.to_owned() };
    TeraEvent { header: Some(header), events: vec![pack(message)] }.encode_to_vec()
}

/// The message, if the Any holds one of this type.
pub(crate) fn unpack<M: Name + Default>(any: &Any) -> Option<Result<M, prost::DecodeError>> {
    (type_name(&any.type_url) == M::full_name()).then(|| M::decode(any.value.as_slice()))
}

/// A method's request.
pub(crate) fn request<M: Name + Default>(any: &Any) -> Result<M, Failure> {
    let wrong =
        |reason: &str| Failure::invalid_request(format!("the request is no {}: {reason}", M::full_name()));
    match unpack(any) {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(wrong(&error.to_string())),
        None => Err(wrong(&format!("it is a {}", type_name(&any.type_url)))),
    }
}

/// Where a stream's items are published; `None` if the name is none that a stream can have.
pub(crate) fn stream_topic(stream: &str) -> Option<String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (stream.len() == STREAM_DIGITS && stream.bytes().all(is_digit)).then(|| format!("tera-stream.{stream}"))
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_32_hexadecimal_digits() {
        let name = "0123456789abcdef0123456789abcdef";
        assert_eq!(stream_topic(name), Some(format!("tera-stream.{name}")));
        for wrong in ["", &name[1..], &format!("{name}0"), &name.to_uppercase(), &name.replace('0', ".")] {
            assert_eq!(stream_topic(wrong), None, "{wrong}");
        }
    }
}
