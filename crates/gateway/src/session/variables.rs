//! The variables that this session's client reads, writes and watches.

use std::{future, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::value::RawValue;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{messages::Missing, session::forbidden},
    opentera::RpcMessage,
};

use super::{
    commands::{Arguments, done, invocation, text},
    work::{Client, Operating, lost, unavailable},
};
use crate::{
    bus::{Change, Watcher},
    config::Variable,
};

/// What `reply_to` of an invocation says when it is what a variable has become.
const VARIABLE: &str = "variable";
/// What is before a variable's name in the topic of its changes.
const TOPIC: &str = "variable.";
/// Longest time after which a variable can expire, in milliseconds: a year.
const MAX_EXPIRY: u64 = 366 * 24 * 3600 * 1000;

/// What the client watches.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// From the first variable on that the client watches.
    watcher: Option<Watcher>,
}

impl Watched {
    /// Waits for the next change; for ever, if nothing is watched. Cancel-safe.
    pub(super) async fn next(&self) -> Change {
        match &self.watcher {
            Some(watcher) => watcher.next().await,
            None => future::pending().await,
        }
    }

    /// Has variables told again of which the client will never hear what they have become.
    pub(super) fn repeat(&self, missing: &[Missing]) {
        let Some(watcher) = &self.watcher else { return };
        for name in missing.iter().filter_map(|each| each.topic.strip_prefix(TOPIC)) {
            watcher.repeat(name);
        }
    }
}

/// A change as what calls the client, and the topic that it is of.
pub(super) fn as_invocation(change: Change) -> (Arc<str>, RpcMessage) {
    let mut args = vec![text(&*change.name)];
    args.extend(change.value.map(|value| text(String::from_utf8_lossy(&value))));
    (format!("{TOPIC}{}", change.name).into(), invocation(VARIABLE, args))
}

/// Brings a variable's value; what is no JSON, as a string.
pub(super) fn get(client: &Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let name = readable(client, arguments)?.to_owned();
    let bus = Arc::clone(&client.gateway.bus);
    Ok(Box::pin(async move {
        let value = bus.variables().get(&name).await.map_err(unavailable)?;
        Ok(Some(value.map_or_else(|| "null".to_owned(), |value| json(&value))))
    }))
}

/// Writes a variable, or clears it.
pub(super) fn set(client: &Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let name = arguments.name(0)?;
    if !declared(client, name).is_some_and(|variable| variable.writers.contains(&client.account.kind)) {
        return Err(forbidden(format!("this identity may not write the variable {name}")));
    }
    let value = arguments.json(1)?.get();
    let value = (value != "null").then(|| Bytes::copy_from_slice(value.as_bytes()));
    let expires = arguments.number(2)?;
    if expires > MAX_EXPIRY {
        return Err(arguments.wrong(&format!("argument 3 must be at most {MAX_EXPIRY}")));
    }
    let expires_after = (expires > 0).then(|| Duration::from_millis(expires));
    let writer = client.account.identity().address();
    let (bus, name) = (Arc::clone(&client.gateway.bus), name.to_owned());
    Ok(Box::pin(async move {
        if bus.variables().set(&name, value, expires_after, &writer).await.map_err(lost)? {
            return Ok(None);
        }
        Err(TeraError::new(ErrorCode::Forbidden, format!("the variable {name} has another writer"))
            .with_help("Its writer holds it until it clears it, or until it expires."))
    }))
}

/// From now on the client is told what a variable is and becomes.
pub(super) fn watch(client: &mut Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let name = readable(client, arguments)?;
    let bus = &client.gateway.bus;
    client.watched.watcher.get_or_insert_with(|| bus.variables().watcher()).add(name);
    Ok(done())
}

/// And from now on not any more.
pub(super) fn unwatch(client: &Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let name = arguments.name(0)?;
    if let Some(watcher) = &client.watched.watcher {
        watcher.remove(name);
    }
    Ok(done())
}

fn declared<'a>(client: &Client<'a>, name: &str) -> Option<&'a Variable> {
    client.gateway.config.variables.get(name)
}

/// The variable that the first argument names, if the client may read it.
fn readable<'a>(client: &Client<'_>, arguments: &Arguments<'a>) -> Result<&'a str, TeraError> {
    let name = arguments.name(0)?;
    let kind = &client.account.kind;
    let may_read = |variable: &Variable| variable.readers.contains(kind) || variable.writers.contains(kind);
    match declared(client, name) {
        Some(variable) if may_read(variable) => Ok(name),
        _ => Err(forbidden(format!("this identity may not read the variable {name}"))),
    }
}

fn json(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(_) => text.into_owned(),
        Err(_) => serde_json::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_wrote_is_json_or_becomes_a_string() {
        for (value, expected) in [
            (&b" {\"a\": 1.50} "[..], " {\"a\": 1.50} "),
            (b"warm", "\"warm\""),
            (b"", "\"\""),
            (b"a\"b", "\"a\\\"b\""),
            (b"\xff", "\"\u{fffd}\""),
        ] {
            assert_eq!(json(value), expected);
        }
    }
}
