//! Simulated sessions: somebody invites the demo user, whose answer is confirmed; a session that was joined ends soon.

use std::{sync::Arc, time::Duration};

use prost::Message as _;
use serde_json::json;
use tera_protocol::{
    Message,
    any::pack,
    opentera::{
        self, JoinSessionEvent, JoinSessionReplyEvent, StopSessionEvent, TeraEvent, TeraModuleMessage,
        UserEvent, join_session_reply_event::ReplyType, result::ResultType, tera_module_message::Header,
        user_event::EventType,
    },
    topic::{Identity, Kind, Topic},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{DEMO_USER, QUEUE, World, json_text, log_failure, people, random_uuid, uuid};
use crate::{
    bus::{BusError, Received, Subscription},
    events::{self, USER_MANAGER_EVENTS},
};

const TOPICS: [&str; 2] =
    ["module.TeraServer.UserManagerModule.messages", "service.VideoRehabService.messages"];
/// From the user's connection to the first invitation: time to look at the page.
const FIRST: Duration = Duration::from_secs(2);
/// Between two invitations.
const NEXT: Duration = Duration::from_secs(30);
/// From joining a session to its end.
const SESSION: Duration = Duration::from_secs(8);
/// Marks the service's UUID.
const GROUP: u8 = 3;

const RECIPIENT: Identity = Identity { kind: Kind::User, uuid: DEMO_USER };

pub(super) async fn start(world: &Arc<World>) -> Result<(), BusError> {
    let messages = world.bus.subscribe(&TOPICS.map(str::to_owned), QUEUE).await?;
    let arrivals = world.bus.subscribe(&[USER_MANAGER_EVENTS.to_owned()], QUEUE).await?;
    let connected = Arc::new(Notify::new());
    tokio::spawn(answer(Arc::clone(world), messages));
    tokio::spawn(watch(arrivals, Arc::clone(&connected)));
    tokio::spawn(invite(Arc::clone(world), connected));
    Ok(())
}

/// Invites soon after the user connects, and from then on now and then.
async fn invite(world: Arc<World>, connected: Arc<Notify>) {
    loop {
        if timeout(NEXT, connected.notified()).await.is_ok() {
            present_people(&world).await;
            sleep(FIRST).await;
        }
        let invitation = pack(&invitation(&world).await);
        let sent =
            events::publish_to(&*world.bus, &[RECIPIENT], &[invitation], world.clock.unix_seconds()).await;
        log_failure(sent);
    }
}

/// Says who is there, so that a page that has just connected needn't wait for each of them to come or go.
async fn present_people(world: &World) {
    let people: Vec<_> = world.state.lock().await.people.iter().map(people::Person::event).collect();
    for event in people {
        world.announce(event).await;
    }
}

async fn invitation(world: &World) -> JoinSessionEvent {
    let session_uuid = random_uuid();
    let state = world.state.lock().await;
    let participants = state.people.iter().filter(|person| person.is_participant());
    let participant = participants.map(people::Person::uuid).next();
    JoinSessionEvent {
        session_url: format!("https://rehab.example/session/{session_uuid}"),
        session_creator_name: "Therapist #1".into(),
        session_uuid,
        session_participants: participant.iter().map(ToString::to_string).collect(),
        session_users: vec![DEMO_USER.to_string()],
        session_devices: Vec::new(),
        join_msg: "Ready for today's exercises?".into(),
        session_parameters: json_text(&json!({"video": true, "audio": true})),
        service_uuid: uuid(GROUP, 1).to_string(),
    }
}

/// Notices when the demo user connects.
async fn watch(mut arrivals: Subscription, connected: Arc<Notify>) {
    loop {
        let Received::Message(delivery) = arrivals.receive().await else { continue };
        let Ok(event) = TeraEvent::decode(delivery.payload().clone()) else { continue };
        let is_arrival = |message| {
            matches!(message, Ok(Message::UserEvent(user))
                if user.r#type() == EventType::UserConnected && user.user_uuid == DEMO_USER.to_string())
        };
        if event.events.iter().map(Message::unpack).any(is_arrival) {
            connected.notify_one();
        }
    }
}

async fn answer(world: Arc<World>, mut messages: Subscription) {
    loop {
        let Received::Message(delivery) = messages.receive().await else { continue };
        let Ok(message) = TeraModuleMessage::decode(delivery.payload().clone()) else { continue };
        let Some(head) = message.head else { continue };
        for reply in message.data.iter().map(Message::unpack) {
            let Ok(Message::JoinSessionReplyEvent(reply)) = reply else { continue };
            confirm(&world, &head, &reply).await;
            if reply.join_reply() == ReplyType::ReplyAccepted && reply.user_uuid == DEMO_USER.to_string() {
                tokio::spawn(attend(Arc::clone(&world), reply));
            }
        }
    }
}

/// Says that the answer to an invitation arrived, repeating its number.
async fn confirm(world: &World, head: &Header, reply: &JoinSessionReplyEvent) {
    let result = opentera::Result {
        r#type: ResultType::ResultOk.into(),
        code: 0,
        message: format!("noted for session {}", reply.session_uuid),
    };
    let time = world.clock.unix_seconds();
    let back =
        Header { version: 1, time, seq: head.seq, source: head.dest.clone(), dest: head.source.clone() };
    // Only a client is answered there: the source is not the simulation's to trust.
    if let Ok(topic @ Topic::Answers(_)) = back.dest.parse() {
        let message = TeraModuleMessage { head: Some(back), data: vec![pack(&result)] };
        world.publish(&topic.to_string(), message.encode_to_vec()).await;
    }
}

/// The user is in the session, until it ends.
async fn attend(world: Arc<World>, reply: JoinSessionReplyEvent) {
    let user = |r#type: EventType| {
        pack(&UserEvent {
            user_uuid: DEMO_USER.to_string(),
            r#type: r#type.into(),
            user_fullname: "Demo User".into(),
        })
    };
    world.announce(user(EventType::UserJoinedSession)).await;
    sleep(SESSION).await;
    let stop = pack(&StopSessionEvent {
        session_uuid: reply.session_uuid,
        service_uuid: uuid(GROUP, 1).to_string(),
    });
    log_failure(events::publish_to(&*world.bus, &[RECIPIENT], &[stop], world.clock.unix_seconds()).await);
    world.announce(user(EventType::UserLeftSession)).await;
}
