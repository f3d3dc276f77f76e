//! What calls return: JSON text on one reply channel for the whole process.

use std::{borrow::Cow, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;
use tera_protocol::error::{ErrorCode, TeraError};

use super::Pending;
use crate::bus::{Received, Subscription};

/// What a call returned.
#[derive(Debug)]
pub(crate) struct Return {
    /// The call's number.
    pub(crate) id: u64,
    /// The return value as JSON text, or why there is none.
    pub(crate) result: Result<String, TeraError>,
}

/// A new name for a reply channel that nobody can guess.
pub(crate) fn reply_channel() -> String {
    format!("tera-gateway.replies.{:032x}", rand::random::<u128>())
}

/// Hands on what is published on the reply channel, for ever.
pub(crate) async fn dispatch(pending: Arc<Pending>, mut replies: Subscription) {
    loop {
        match replies.receive().await {
            Received::Message(reply) => match decode(reply.payload(), &pending) {
                Some(returned) => pending.deliver(returned),
                None => {
                    tracing::warn!(bytes = reply.payload().len(), "dropped a reply that belongs to no call")
                }
            },
            Received::Lost => tracing::warn!("replies may have been lost with the message bus"),
            Received::Missed(_, count) => {
                tracing::error!(count, "replies came faster than they could be handed on")
            }
        }
    }
}

#[derive(Deserialize)]
struct Reply<'a> {
    id: u64,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    return_value: Option<&'a RawValue>,
}

fn decode(reply: &[u8], pending: &Pending) -> Option<Return> {
    match serde_json::from_slice::<Reply<'_>>(reply) {
        Ok(reply) => Some(Return { id: reply.id, result: outcome(&reply) }),
        Err(error) => {
            let id = find_id(reply).filter(|&id| pending.knows_call(id))?;
            let error = TeraError::new(
                ErrorCode::InvalidMessage,
                format!("the reply is not what it must be: {error}"),
            );
            Some(Return { id, result: Err(error) })
        }
    }
}

fn outcome(reply: &Reply<'_>) -> Result<String, TeraError> {
    let value = reply.return_value.map_or("null", RawValue::get);
    match &*reply.status {
        "OK" => Ok(value.to_owned()),
        "Error" => {
            let description = serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned());
            Err(TeraError::new(ErrorCode::RemoteError, description))
        }
        _ => Err(TeraError::new(ErrorCode::InvalidMessage, "the reply's status is neither OK nor Error")),
    }
}

/// The first `"id": <number>` in text that is not quite JSON, such as Python's with a NaN in it.
fn find_id(reply: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(reply).ok()?;
    let (_, rest) = text.split_once("\"id\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use tera_protocol::link::session::Numbers as _;
    use tokio::sync::mpsc;

    use super::*;

    fn result(reply: &str) -> Option<Result<String, TeraError>> {
        decode(reply.as_bytes(), &Pending::default()).map(|returned| returned.result)
    }

    #[test]
    fn a_return_value_keeps_its_text() {
        for (value, text) in
            [("18446744073709551615", "18446744073709551615"), ("{\"a\": [1.50]}", "{\"a\": [1.50]}")]
        {
            let reply = format!(
                r#"{{"method": "f", "id": 7, "pattern": null, "status": "OK", "return_value": {value}}}"#
            );
            assert_eq!(result(&reply), Some(Ok(text.into())));
        }
        assert_eq!(result(r#"{"id": 7, "status": "OK"}"#), Some(Ok("null".into())));
    }

    #[test]
    fn a_failed_call_says_what_the_procedure_said() {
        for (value, description) in [(r#""no\n""#, "no\n"), ("[1]", "[1]"), ("null", "null")] {
            let reply = format!(r#"{{"id": 7, "status": "Error", "return_value": {value}}}"#);
            assert_eq!(result(&reply), Some(Err(TeraError::new(ErrorCode::RemoteError, description))));
        }
        let error = result(r#"{"id": 7, "status": "Maybe"}"#).unwrap().unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidMessage);
    }

    #[test]
    fn a_reply_that_is_not_quite_json_ends_its_call_and_no_other() {
        let pending = Arc::new(Pending::default());
        let (returns, _queue) = mpsc::channel(1);
        let identity = "websocket.user.00000000-0000-0000-0000-000000000001".parse().unwrap();
        let id = pending.session(identity, returns).call();
        let mut numbers = pending.session(identity, mpsc::channel(1).0);
        let open = numbers.call();
        let reply = |id: u64| format!(r#"{{"method": "f", "id" : {id}, "return_value": NaN}}"#);
        let returned = decode(reply(open).as_bytes(), &pending).unwrap();
        assert_eq!((returned.id, returned.result.unwrap_err().code), (open, ErrorCode::InvalidMessage));
        assert!(decode(reply(id).as_bytes(), &pending).is_none(), "its session has ended");
        for nonsense in [&b""[..], b"\xff\"id\":1", b"\"id\":", b"\"id\":99999999999999999999999"] {
            assert!(decode(nonsense, &pending).is_none());
        }
    }
}
