//! What is published reaches the sockets it is for, and no others.

use std::{collections::HashMap, sync::Arc};

use prost::Message as _;
use tera_gateway::{USER_MANAGER_EVENTS, bus::Bus, publish_to};
use tera_protocol::{
    Message,
    any::pack,
    opentera::{
        ServerCommand, TeraEvent, TeraModuleMessage, device_event, participant_event,
        server_command::CommandType, user_event,
    },
};

use crate::{
    bench::{Bench, event, received, text, user},
    client::{Client, message},
    on_every_bus, support,
    troubled::Troubled,
};

on_every_bus! {
    an_event_reaches_every_socket_of_its_identity_and_no_other
    a_granted_topic_reaches_everybody_it_is_granted_to
    what_is_no_event_is_dropped
    events_for_several_identities_reach_each
    a_message_for_several_identities_reaches_each_of_their_sockets
    coming_and_going_is_announced_once_per_identity
    the_server_can_log_a_client_out
    a_module_message_that_answers_nothing_reaches_every_socket_of_its_identity
}

#[tokio::test]
async fn a_client_is_welcomed_and_then_told_that_it_is_connected() {
    let bench = Bench::start(support::embedded().await).await;
    for login in ["ada", "pat", "dee"] {
        let mut client = bench.connect(login).await;
        let welcome = client.welcome().await;
        let address = bench.identity(login).to_string();
        assert_eq!((welcome.version, welcome.address, welcome.max_frame_bytes), (2, address, 1 << 20));
        let greeting = client.event().await;
        assert_eq!(greeting.header.as_ref().unwrap().topic, USER_MANAGER_EVENTS);
        assert_eq!(who(&greeting), (bench.identity(login).uuid.to_string(), format!("The {login}"), true));
    }
}

/// UUID, name and whether they came.
fn who(event: &TeraEvent) -> (String, String, bool) {
    match Message::unpack(&event.events[0]).unwrap() {
        Message::UserEvent(user) => {
            let connected = user.r#type() == user_event::EventType::UserConnected;
            (user.user_uuid, user.user_fullname, connected)
        }
        Message::ParticipantEvent(participant) => {
            let connected = participant.r#type() == participant_event::EventType::ParticipantConnected;
            (participant.participant_uuid, participant.participant_name, connected)
        }
        Message::DeviceEvent(device) => {
            let connected = device.r#type() == device_event::EventType::DeviceConnected;
            (device.device_uuid, device.device_name, connected)
        }
        other => panic!("not about somebody: {other:?}"),
    }
}

async fn next_text(client: &mut Client) -> String {
    text(&client.event().await)
}

async fn an_event_reaches_every_socket_of_its_identity_and_no_other(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut ada = [bench.join("ada").await, bench.join("ada").await];
    let mut bob = bench.join("bob").await;
    for number in 0..20 {
        bench.publish(&format!("{}.events", bench.identity("ada")), &event(&format!("ada {number}"))).await;
    }
    bench.publish(&format!("{}.events", bench.identity("bob")), &event("bob")).await;
    for client in &mut ada {
        for number in 0..20 {
            assert_eq!(next_text(client).await, format!("ada {number}"));
        }
    }
    assert_eq!(next_text(&mut bob).await, "bob");
}

async fn a_granted_topic_reaches_everybody_it_is_granted_to(bus: Arc<dyn Bus>) {
    let bench = Bench::start_with(bus, |config| config.grants.device.events.clear()).await;
    let (mut ada, mut pat, mut dee) =
        (bench.join("ada").await, bench.join("pat").await, bench.join("dee").await);
    bench.publish(&format!("{}.events", bench.service), &event("everybody")).await;
    bench.publish(&format!("{}.events", bench.identity("dee")), &event("dee")).await;
    assert_eq!(next_text(&mut ada).await, "everybody");
    assert_eq!(next_text(&mut pat).await, "everybody");
    assert_eq!(next_text(&mut dee).await, "dee");
}

async fn what_is_no_event_is_dropped(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut ada = bench.join("ada").await;
    let topic = format!("{}.events", bench.identity("ada"));
    let truncated = event("truncated").encode_to_vec();
    for wrong in [&b"{\"json\": true}"[..], &[0xff; 20], &truncated[..truncated.len() - 1]] {
        bench.publish_bytes(&topic, wrong.to_vec()).await;
        bench.publish_bytes(&bench.identity("ada").to_string(), wrong.to_vec()).await;
    }
    bench.publish(&topic, &event("right")).await;
    assert_eq!(next_text(&mut ada).await, "right");
}

async fn events_for_several_identities_reach_each(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut clients = [bench.join("ada").await, bench.join("ada").await, bench.join("dee").await];
    let recipients = ["ada", "dee"].map(|login| bench.identity(login));
    publish_to(&*bench.bus, &recipients, &[pack(&user("for both"))], 2.5).await.unwrap();
    for client in &mut clients {
        let event = client.event().await;
        assert_eq!(text(&event), "for both");
        assert!(event.header.unwrap().topic.ends_with(".events"));
    }
}

async fn a_message_for_several_identities_reaches_each_of_their_sockets(bus: Arc<dyn Bus>) {
    let bench = Bench::start(Arc::clone(&bus)).await;
    let other = bench.sibling(bus).await;
    let mut ada = bench.join("ada").await;
    let [bob, dee] = ["bob", "dee"].map(|login| bench.identity(login).to_string());
    let mut recipients = [bench.join("bob").await, other.join("bob").await, other.join("dee").await];
    ada.send(&message(&format!("{bob},{dee}"))).await;
    for (client, address) in recipients.iter_mut().zip([&bob, &bob, &dee]) {
        let head = client.message().await.head.unwrap();
        let source = bench.identity("ada").to_string();
        assert_eq!((head.source, &head.dest, head.seq, head.version), (source, address, 0, 1));
    }
}

async fn coming_and_going_is_announced_once_per_identity(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut events = bench.subscribe(USER_MANAGER_EVENTS).await;
    let uuid = bench.identity("pat").uuid.to_string();
    let first = bench.join("pat").await;
    let mut second = bench.join("pat").await;
    drop(first);
    second.socket.close(None).await.unwrap();
    let mut seen = Vec::new();
    // Others announce themselves there too.
    while seen.last() != Some(&false) {
        let event = TeraEvent::decode(received(&mut events).await.payload().clone()).unwrap();
        let (someone, _, connected) = who(&event);
        if someone == uuid {
            seen.push(connected);
        }
    }
    assert_eq!(seen, [true, false]);
}

#[tokio::test]
async fn who_came_or_went_while_the_bus_was_lost_is_announced_when_it_is_back() {
    let bus = Troubled::new("no topic");
    let bench = Bench::start(Arc::clone(&bus) as Arc<dyn Bus>).await;
    let mut events = bench.subscribe(USER_MANAGER_EVENTS).await;
    let mut seen: HashMap<String, Vec<bool>> = HashMap::new();
    let mut see = async || {
        let event = TeraEvent::decode(received(&mut events).await.payload().clone()).unwrap();
        let (_, name, connected) = who(&event);
        seen.entry(name).or_default().push(connected);
        seen.clone()
    };
    let pat = bench.join("pat").await;
    see().await;
    bus.failing.send_replace(Some(USER_MANAGER_EVENTS.into()));
    drop(pat);
    let _ada = bench.join("ada").await;
    for _ in 0..3 {
        drop(bench.join("bob").await);
        drop(bench.join("dee").await);
    }
    let _dee = bench.join("dee").await;
    bench.until_healthy((200, 2, 7)).await;
    bus.failing.send_replace(None);
    for _ in 0..3 {
        see().await;
    }
    let expected = [
        ("The pat", vec![true, false]),
        ("The ada", vec![true]),
        ("The bob", vec![false]),
        ("The dee", vec![true]),
    ];
    let expected: HashMap<_, _> = expected.map(|(name, seen)| (name.to_owned(), seen)).into();
    assert_eq!(see().await, expected);
}

async fn the_server_can_log_a_client_out(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let command = ServerCommand { r#type: CommandType::CmdClientDisconnect.into(), data: None };
    let logout = TeraModuleMessage { head: None, data: vec![pack(&command)] };
    let event = TeraEvent { header: None, events: vec![pack(&command)] };
    let address = bench.identity("ada").to_string();
    let mut bob = bench.join("bob").await;
    for (topic, payload) in [
        (address.clone(), logout.encode_to_vec()),
        (format!("{address}.events"), logout.encode_to_vec()),
        (format!("{address}.events"), event.encode_to_vec()),
    ] {
        let mut ada = bench.join("ada").await;
        bench.publish_bytes(&topic, payload).await;
        assert_eq!(ada.closed().await, (4000, "CMD_CLIENT_DISCONNECT".into()));
    }
    // A command on a topic that many get is no command to any of them.
    bench.publish(&format!("{}.events", bench.service), &event).await;
    assert_eq!(bob.event().await, event);
}

async fn a_module_message_that_answers_nothing_reaches_every_socket_of_its_identity(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut ada = [bench.join("ada").await, bench.join("ada").await];
    let news = message("whoever");
    bench.publish(&bench.identity("ada").to_string(), &news).await;
    for client in &mut ada {
        assert_eq!(client.message().await, news);
    }
}
