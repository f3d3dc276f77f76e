//! Messages that no answer is asked for, but whether they reached anybody.

use std::sync::Arc;

use prost::Message as _;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::session::{MESSAGE_VERSION, unreachable},
    opentera::{TeraModuleMessage, tera_module_message::Header},
};

use super::work::{Client, Operating, lost};

/// Sends a message to a module, a service, or each of a list of clients.
///
/// # Errors
///
/// It is no message, goes nowhere, or the client may not send it there.
pub(super) fn send(client: &Client<'_>, dest: &str, message: &[u8]) -> Result<Operating, TeraError> {
    let message = TeraModuleMessage::decode(message)
        .map_err(|error| TeraError::new(ErrorCode::InvalidMessage, error.to_string()))?;
    let gateway = client.gateway;
    let topics = gateway.config.grants.of(client.account.kind).access().topics_of(dest, &message)?;
    let (source, time) = (client.account.identity().address(), gateway.clock.unix_seconds());
    let bus = Arc::clone(&gateway.bus);
    Ok(Box::pin(async move {
        let mut unheard = Vec::new();
        for (done, topic) in topics.into_iter().enumerate() {
            let dest = topic.to_string();
            let head =
                Header { version: MESSAGE_VERSION, time, seq: 0, source: source.clone(), dest: dest.clone() };
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
        Err(unreachable(&unheard.join(", ")))
    }))
}
