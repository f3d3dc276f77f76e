//! Makes and publishes TeraEvents.

use prost::Message as _;
use prost_types::Any;
use tera_protocol::{
    any::pack,
    opentera::{
        DeviceEvent, ParticipantEvent, TeraEvent, UserEvent, device_event, participant_event,
        tera_event::Header, user_event,
    },
    topic::{Identity, Kind, Topic},
};

use crate::{
    bus::{Bus, BusError},
    clock::Clock,
    config::Account,
};

/// Where an OpenTera server says who comes and goes.
pub const USER_MANAGER_EVENTS: &str = "module.TeraServer.UserManagerModule.events";
/// Version of OpenTera's event format.
const EVENT_VERSION: u32 = 1;

/// Publishes events to each of these identities; each of their open sockets gets them. Says how many receivers there
/// were in all, as [`Bus::publish`] counts them.
///
/// # Errors
///
/// The bus is lost. Some of the identities may have got the events.
pub async fn publish_to(
    bus: &dyn Bus,
    recipients: &[Identity],
    events: &[Any],
    unix_seconds: f64,
) -> Result<u64, BusError> {
    let mut receivers = 0;
    for &recipient in recipients {
        let topic = Topic::Events(recipient).to_string();
        receivers += publish(bus, &topic, events.to_vec(), unix_seconds).await?;
    }
    Ok(receivers)
}

/// Publishes events on one topic, with a header that says so.
pub(crate) async fn publish(
    bus: &dyn Bus,
    topic: &str,
    events: Vec<Any>,
    unix_seconds: f64,
) -> Result<u64, BusError> {
    let event = event(topic, events, unix_seconds);
    bus.publish(topic, event.encode_to_vec().into()).await
}

fn event(topic: &str, events: Vec<Any>, unix_seconds: f64) -> TeraEvent {
    let header = Header { version: EVENT_VERSION, time: unix_seconds, topic: topic.to_owned() };
    TeraEvent { header: Some(header), events }
}

/// What a client is greeted with: that it is connected itself.
pub(crate) fn greeting(account: &Account, clock: &Clock) -> TeraEvent {
    event(USER_MANAGER_EVENTS, vec![presence(account, true)], clock.unix_seconds())
}

/// That somebody came or went.
pub(crate) fn presence(account: &Account, connected: bool) -> Any {
    let uuid = account.uuid.to_string();
    let name = account.name.clone();
    match account.kind {
        Kind::User => {
            use user_event::EventType::{UserConnected, UserDisconnected};
            let r#type = if connected { UserConnected } else { UserDisconnected }.into();
            pack(&UserEvent { user_uuid: uuid, r#type, user_fullname: name })
        }
        Kind::Participant => {
            use participant_event::EventType::{ParticipantConnected, ParticipantDisconnected};
            let r#type = if connected { ParticipantConnected } else { ParticipantDisconnected }.into();
            pack(&ParticipantEvent {
                participant_uuid: uuid,
                r#type,
                participant_name: name,
                participant_project_name: account.project.clone(),
                participant_site_name: account.site.clone(),
            })
        }
        Kind::Device => {
            use device_event::EventType::{DeviceConnected, DeviceDisconnected};
            let r#type = if connected { DeviceConnected } else { DeviceDisconnected }.into();
            pack(&DeviceEvent { device_uuid: uuid, r#type, device_name: name, device_status: String::new() })
        }
    }
}
