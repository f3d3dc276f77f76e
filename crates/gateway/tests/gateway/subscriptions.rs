//! Subscribing and publishing, as far as the configuration allows.

use std::sync::Arc;

use tera_gateway::{bus::Bus, config::Config};
use tera_protocol::{
    any::pack,
    error::ErrorCode,
    link::messages::{Publish, Subscribe, Unsubscribe, request::Operation},
    opentera::{ServerCommand, TeraEvent, server_command::CommandType},
};

use crate::{
    bench::{Bench, event, text, user},
    client::Client,
    on_every_bus, support,
};

on_every_bus! {
    what_a_client_publishes_reaches_every_subscriber_once_with_its_topic
    what_is_unsubscribed_from_comes_no_more
    a_subscription_outlives_its_socket
}

/// A room of this test's own, which users may do everything in.
async fn room(bus: Arc<dyn Bus>) -> (Bench, String) {
    let room = format!("room-{:032x}", rand::random::<u128>());
    let bench = Bench::start_with(bus, |config: &mut Config| {
        let patterns = vec![format!("{room}.**").parse().unwrap()];
        config.grants.user.subscribe = patterns.clone();
        config.grants.user.publish = patterns;
    })
    .await;
    (bench, room)
}

fn subscribe(pattern: &str) -> Operation {
    Operation::Subscribe(Subscribe { pattern: pattern.into() })
}

fn unsubscribe(pattern: &str) -> Operation {
    Operation::Unsubscribe(Unsubscribe { pattern: pattern.into() })
}

fn publish(topic: &str, text: &str) -> Operation {
    Operation::Publish(Publish { topic: topic.into(), message: Some(pack(&user(text))) })
}

/// The next event: its topic and text.
async fn next(client: &mut Client) -> (String, String) {
    let event = client.event().await;
    assert_eq!(event.header.as_ref().unwrap().topic, client.topic);
    (client.topic.clone(), text(&event))
}

async fn what_a_client_publishes_reaches_every_subscriber_once_with_its_topic(bus: Arc<dyn Bus>) {
    let (bench, room) = room(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let [one, two, deep] = ["1", "2", "1.cursor"].map(|topic| format!("{room}.{topic}"));
    for (id, pattern) in [(1, format!("{room}.*")), (2, one.clone()), (3, format!("{room}.**"))] {
        assert_eq!(ada.ask(id, subscribe(&pattern)).await, None);
        assert_eq!(ada.ask(id, subscribe(&pattern)).await, None, "twice is once");
    }
    assert_eq!(bob.ask(1, subscribe(&format!("{room}.*"))).await, None);
    for (id, topic) in [(2, &one), (3, &deep), (4, &two), (5, &two), (6, &one)] {
        bob.send(&tera_protocol::link::messages::Request {
            id,
            timeout_ms: 0,
            operation: Some(publish(topic, "same")),
        })
        .await;
    }
    for topic in [&one, &deep, &two, &two, &one] {
        assert_eq!(next(&mut ada).await, (topic.clone(), "same".into()));
    }
    let mut heard = Vec::new();
    while heard.len() < 4 {
        if let crate::client::Got::Event(_) = bob.next().await {
            heard.push(bob.topic.clone());
        }
    }
    assert_eq!(heard, [one.clone(), two.clone(), two, one], "a wildcard stands for one segment");
}

#[tokio::test]
async fn what_redis_refuses_is_unavailable_by_itself() {
    let (bus, user) =
        support::restricted(&["&tera-gateway.*", "&websocket.*", "&service.*", "&room-*.public"]).await;
    let (bench, room) = room(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let [public, hidden] = ["public", "hidden"].map(|topic| format!("{room}.{topic}"));
    assert_eq!(ada.ask(1, subscribe(&hidden)).await, Some(ErrorCode::Unavailable));
    assert_eq!(ada.ask(2, subscribe(&public)).await, None);
    assert_eq!(bob.ask(1, publish(&public, "seen")).await, None);
    assert_eq!(next(&mut ada).await, (public, "seen".to_owned()));
    bench.stop().await;
    support::command(&["ACL", "DELUSER", &user]).await;
}

async fn what_is_unsubscribed_from_comes_no_more(bus: Arc<dyn Bus>) {
    let (bench, room) = room(bus).await;
    let mut ada = bench.join("ada").await;
    let [one, all] = ["1", "*"].map(|topic| format!("{room}.{topic}"));
    assert_eq!(ada.ask(1, subscribe(&all)).await, None);
    assert_eq!(ada.ask(2, subscribe(&one)).await, None);
    assert_eq!(ada.ask(3, unsubscribe(&all)).await, None);
    bench.publish(&format!("{room}.2"), &event("unheard")).await;
    bench.publish(&one, &event("heard")).await;
    assert_eq!(text(&ada.event().await), "heard");
    assert_eq!(ada.ask(4, unsubscribe(&one)).await, None);
    assert_eq!(ada.ask(5, unsubscribe(&one)).await, None, "twice is once");
    let own = format!("{}.events", bench.identity("ada"));
    assert_eq!(ada.ask(6, unsubscribe(&own)).await, None);
    bench.publish(&one, &event("unheard")).await;
    bench.publish(&own, &event("one's own stays")).await;
    assert_eq!(text(&ada.event().await), "one's own stays");
}

async fn a_subscription_outlives_its_socket(bus: Arc<dyn Bus>) {
    let (bench, room) = room(bus).await;
    let mut ada = bench.join("ada").await;
    assert_eq!(ada.ask(1, subscribe(&format!("{room}.*"))).await, None);
    let remains = ada.cut();
    bench.until_healthy((200, 0, 1)).await;
    bench.publish(&format!("{room}.1"), &event("missed")).await;
    let mut ada = bench.resume("ada", &remains).await.unwrap();
    assert_eq!(text(&ada.event().await), "missed");
    assert_eq!(ada.topic, format!("{room}.1"));
}

#[tokio::test]
async fn what_is_not_granted_is_forbidden_and_by_default_that_is_everything() {
    let (bench, room) = room(support::embedded().await).await;
    let one = format!("{room}.1");
    let mut dee = bench.join("dee").await;
    for operation in [subscribe(&one), subscribe("**"), publish(&one, "x")] {
        assert_eq!(dee.ask(1, operation).await, Some(ErrorCode::Forbidden));
    }
    let mut ada = bench.join("ada").await;
    let others = format!("{}.events", bench.identity("bob"));
    for pattern in ["**", "*.1", &format!("*.{room}"), &room, &others, "websocket.user.*.events"] {
        assert_eq!(ada.ask(1, subscribe(pattern)).await, Some(ErrorCode::Forbidden), "{pattern}");
    }
    for topic in [&room, &others, "room.1"] {
        assert_eq!(ada.ask(1, publish(topic, "x")).await, Some(ErrorCode::Forbidden), "{topic}");
    }
    let messages = format!("{}.messages", bench.service);
    for operation in [
        subscribe("a..b"),
        subscribe(&messages),
        publish(&messages, "x"),
        publish(&format!("{room}.*"), "x"),
        publish("tera-gateway.replies.0", "x"),
    ] {
        assert_eq!(ada.ask(1, operation).await, Some(ErrorCode::InvalidArgument));
    }
    let command = pack(&ServerCommand { r#type: CommandType::CmdClientDisconnect.into(), data: None });
    let nested = pack(&TeraEvent { header: None, events: vec![command.clone()] });
    for message in [command, nested] {
        let operation = Operation::Publish(Publish { topic: one.clone(), message: Some(message) });
        assert_eq!(ada.ask(1, operation).await, Some(ErrorCode::Forbidden));
    }
}

#[tokio::test]
async fn a_grant_of_everything_is_not_one_of_what_is_asked_and_answered() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.grants.user.subscribe = vec!["**".parse().unwrap()];
    })
    .await;
    let mut ada = bench.join("ada").await;
    assert_eq!(ada.ask(1, subscribe("**")).await, None);
    for topic in [bench.identity("bob").to_string(), format!("{}.messages", bench.service)] {
        bench.publish(&topic, &event("private")).await;
    }
    bench.publish(&format!("{}.events", bench.identity("bob")), &event("granted")).await;
    assert_eq!(text(&ada.event().await), "granted");
}

#[tokio::test]
async fn subscriptions_are_bounded() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.limits.subscriptions = 5;
        config.grants.user.subscribe = vec!["room.*".parse().unwrap()];
    })
    .await;
    let mut ada = bench.join("ada").await;
    for (id, refusal) in [(1, None), (2, None), (3, Some(ErrorCode::QueueFull))] {
        assert_eq!(ada.ask(id, subscribe(&format!("room.{id}"))).await, refusal);
    }
    assert_eq!(ada.ask(4, unsubscribe("room.1")).await, None);
    assert_eq!(ada.ask(5, subscribe("room.3")).await, None);
}
