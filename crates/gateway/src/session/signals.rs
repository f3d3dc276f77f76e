//! Signals that a client sends: checked, stamped with who sends them, and published where they go.

use std::{sync::Arc, time::UNIX_EPOCH};

use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::session::{forbidden, unreachable},
    time::Timestamp,
    topic::Uuid,
};
use tera_signals::{AGENTS_TOPIC, Draft, Head, Route, SignalError, timestamp};

use super::work::{Client, Operating, lost};

/// Sends a signal, to `address` if it is a reply that names one.
///
/// # Errors
///
/// It is no signal, goes nowhere, or the client may not send it there.
pub(super) fn send(client: &Client<'_>, json: &str, address: Option<&str>) -> Result<Operating, TeraError> {
    let draft = Draft::parse(json).map_err(|error| {
        refused(error).with_help("A signal is a JSON object with a `signalType` and all fields of that.")
    })?;
    let route = draft.route(address).map_err(refused)?;
    let gateway = client.gateway;
    let grant = gateway.config.grants.of(client.account.kind);
    let (topic, is_event) = match route {
        Route::Agent(agent) => {
            if !grant.send_to.contains(&agent.kind) {
                return Err(forbidden(format!("this identity may not send signals to a {}", agent.kind)));
            }
            (AGENTS_TOPIC.to_owned(), false)
        }
        Route::Service(topic) if grant.may_publish(&topic) => (topic, false),
        Route::Event(topic) if grant.may_publish(&topic) => (topic, true),
        Route::Service(topic) | Route::Event(topic) => {
            return Err(forbidden(format!("this identity may not send signals on {topic}")));
        }
    };
    let head = Head {
        id: Uuid(rand::random()).to_string(),
        timestamp: written(gateway.clock.now()),
        from: client.account.identity().address(),
    };
    let payload = draft.stamped(&head).map_err(refused)?.into();
    let bus = Arc::clone(&gateway.bus);
    Ok(Box::pin(async move {
        match bus.publish(&topic, payload).await {
            Ok(0) if !is_event => Err(unreachable(&topic)),
            Ok(_) => Ok(None),
            Err(error) => Err(lost(error)),
        }
    }))
}

fn written(moment: Timestamp) -> String {
    timestamp(UNIX_EPOCH + moment.since(Timestamp::from_millis(0)))
}

fn refused(error: SignalError) -> TeraError {
    TeraError::new(ErrorCode::InvalidArgument, error.into_reason())
}
