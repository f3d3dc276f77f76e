//! Messages that no answer is asked for, but whether they reached anybody.

use std::sync::Arc;

use prost::{Message as _, Name as _};
use tera_protocol::{
    any::type_name,
    error::{ErrorCode, TeraError},
    opentera::{ServerCommand, TeraModuleMessage, tera_module_message::Header},
    topic::Topic,
};

use super::work::{Client, Operating, forbidden, lost};

/// Sends a message to a module, a service, or each of a list of clients.
///
/// # Errors
///
/// It is no message, goes nowhere, or the client may not send it there.
pub(super) fn send(client: &Client<'_>, dest: &str, message: &[u8]) -> Result<Operating, TeraError> {
    let message = TeraModuleMessage::decode(message)
        .map_err(|error| TeraError::new(ErrorCode::InvalidMessage, error.to_string()))?;
    let gateway = client.gateway;
    let topics = gateway.config.grants.of(client.account.kind).access().topics_of_messages(dest)?;
    let commands = |any: &prost_types::Any| type_name(&any.type_url) == ServerCommand::full_name();
    if matches!(topics[..], [Topic::Answers(_), ..]) && message.data.iter().any(commands) {
        return Err(forbidden("only the server commands clients".into()));
    }
    let (source, time) = (client.account.identity().address(), gateway.clock.unix_seconds());
    let bus = Arc::clone(&gateway.bus);
    Ok(Box::pin(async move {
        let mut unheard = Vec::new();
        for (done, topic) in topics.into_iter().enumerate() {
            let dest = topic.to_string();
            let head = Header { version: 1, time, seq: 0, source: source.clone(), dest: dest.clone() };
            let message = TeraModuleMessage { head: Some(head), data: message.data.clone() };
            let receivers = bus.publish(&dest, message.encode_to_vec().into()).await;
            // Some of those that it is for may have got it.
            let receivers = receivers.map_err(|error| if done > 0 { error.uncertain() } else { error });
            if receivers.map_err(lost)? == 0 {
                unheard.push(dest);
            }
        }
        if unheard.is_empty() {
            return Ok(None);
        }
        Err(TeraError::new(ErrorCode::Unreachable, format!("nobody listens on {}", unheard.join(", ")))
            .with_help("Check the address, and that the one addressed is running or connected."))
    }))
}
