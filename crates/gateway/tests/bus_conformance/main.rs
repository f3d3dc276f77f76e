//! What every bus promises, checked on each of them.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod queues;
mod refused;
mod spoiled;
#[path = "../support/mod.rs"]
mod support;
mod variables;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use redis::cmd;
use tera_gateway::{
    Delivery,
    bus::{Bus, Filter, Received, Redis, Subscription},
    config::Pattern,
};
use tokio::time::{Instant, timeout};

/// So many tests run as one: each name is a test on each bus.
macro_rules! on_every_bus {
    ($($name:ident)*) => {
        mod on_the_embedded_bus {
            $(#[tokio::test] async fn $name() { super::$name(crate::support::embedded().await).await })*
        }
        mod on_redis {
            $(#[tokio::test] async fn $name() { super::$name(crate::support::redis().await).await })*
        }
    };
}
use on_every_bus;

on_every_bus! {
    a_message_reaches_every_subscriber_of_its_topic_and_no_other
    what_follows_the_subscription_is_received_in_order
    a_publish_without_a_subscriber_has_no_receiver
    a_subscriber_that_left_gets_nothing_and_counts_no_more
    a_topic_can_be_left_and_joined_again_and_again
    a_full_queue_drops_the_newest_and_says_how_many
    payloads_are_carried_whole
    a_ticket_is_taken_exactly_once
    an_expired_ticket_is_gone
    a_subscription_without_topics_is_quiet
    what_several_filters_cover_is_received_once_and_what_none_covers_never
    a_filter_that_was_removed_counts_no_more
    who_listens_to_a_topic_itself_is_counted
}

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A name that no other test uses.
fn topic() -> String {
    format!("service.test-{:032x}.events", rand::random::<u128>())
}

async fn subscribe(bus: &Arc<dyn Bus>, topics: &[&String]) -> Subscription {
    let topics: Vec<String> = topics.iter().copied().cloned().collect();
    bus.subscribe(&topics, 1000).await.unwrap()
}

async fn message(subscription: &mut Subscription) -> Delivery {
    let received = timeout(Duration::from_secs(10), subscription.receive()).await;
    let Ok(Received::Message(delivery)) = received else { panic!("instead of a message: {received:?}") };
    delivery
}

/// The next message is `expected`: nothing came before it.
async fn expect(subscription: &mut Subscription, topic: &str, expected: &'static [u8]) {
    let delivery = message(subscription).await;
    assert_eq!((delivery.topic(), &delivery.payload()[..]), (topic, expected));
}

async fn a_message_reaches_every_subscriber_of_its_topic_and_no_other(bus: Arc<dyn Bus>) {
    let (here, there) = (topic(), topic());
    let mut both = subscribe(&bus, &[&here, &there]).await;
    let mut one = subscribe(&bus, &[&here]).await;
    let mut other = subscribe(&bus, &[&there]).await;
    assert!(bus.publish(&here, Bytes::from_static(b"1")).await.unwrap() > 0);
    assert!(bus.publish(&there, Bytes::from_static(b"2")).await.unwrap() > 0);
    expect(&mut both, &here, b"1").await;
    expect(&mut both, &there, b"2").await;
    expect(&mut one, &here, b"1").await;
    expect(&mut other, &there, b"2").await;
}

async fn what_follows_the_subscription_is_received_in_order(bus: Arc<dyn Bus>) {
    let topic = topic();
    let mut subscription = subscribe(&bus, &[&topic]).await;
    for number in 0..500_u32 {
        bus.publish(&topic, number.to_be_bytes().to_vec().into()).await.unwrap();
    }
    for number in 0..500_u32 {
        assert_eq!(message(&mut subscription).await.payload()[..], number.to_be_bytes());
    }
}

async fn a_publish_without_a_subscriber_has_no_receiver(bus: Arc<dyn Bus>) {
    assert_eq!(bus.publish(&topic(), Bytes::from_static(b"anyone?")).await, Ok(0));
}

/// Leaving takes effect a moment later, in Redis.
async fn wait_until_unheard(bus: &Arc<dyn Bus>, topic: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while bus.publish(topic, Bytes::from_static(b"still there?")).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "the topic still has a receiver");
    }
}

async fn a_subscriber_that_left_gets_nothing_and_counts_no_more(bus: Arc<dyn Bus>) {
    let topic = topic();
    let leaver = subscribe(&bus, &[&topic]).await;
    let mut stayer = subscribe(&bus, &[&topic]).await;
    drop(leaver);
    assert_eq!(bus.publish(&topic, Bytes::from_static(b"1")).await, Ok(1));
    expect(&mut stayer, &topic, b"1").await;
    drop(stayer);
    wait_until_unheard(&bus, &topic).await;
}

async fn a_topic_can_be_left_and_joined_again_and_again(bus: Arc<dyn Bus>) {
    let topic = topic();
    for _ in 0..50 {
        let mut subscription = subscribe(&bus, &[&topic]).await;
        assert_eq!(bus.publish(&topic, Bytes::from_static(b"1")).await, Ok(1));
        expect(&mut subscription, &topic, b"1").await;
    }
}

async fn a_full_queue_drops_the_newest_and_says_how_many(bus: Arc<dyn Bus>) {
    let topic = topic();
    let mut small = bus.subscribe(std::slice::from_ref(&topic), 2).await.unwrap();
    let mut large = subscribe(&bus, &[&topic]).await;
    for payload in [&b"1"[..], b"2", b"3", b"4", b"5"] {
        bus.publish(&topic, Bytes::from_static(payload)).await.unwrap();
    }
    for payload in [&b"1"[..], b"2", b"3", b"4", b"5"] {
        assert_eq!(message(&mut large).await.payload(), payload);
    }
    expect(&mut small, &topic, b"1").await;
    expect(&mut small, &topic, b"2").await;
    assert!(matches!(small.receive().await, Received::Missed(missed, 3) if *missed == *topic));
    bus.publish(&topic, Bytes::from_static(b"6")).await.unwrap();
    expect(&mut small, &topic, b"6").await;
}

async fn payloads_are_carried_whole(bus: Arc<dyn Bus>) {
    let topic = topic();
    let mut subscription = subscribe(&bus, &[&topic]).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    for payload in [vec![], every_byte.clone(), every_byte.repeat(10_000)] {
        bus.publish(&topic, payload.clone().into()).await.unwrap();
        assert!(message(&mut subscription).await.payload() == &payload, "{} bytes", payload.len());
    }
}

async fn a_ticket_is_taken_exactly_once(bus: Arc<dyn Bus>) {
    let key = topic();
    bus.store_ticket(&key, "value", Duration::from_secs(60)).await.unwrap();
    let takers: Vec<_> = (0..100)
        .map(|_| {
            let (bus, key) = (Arc::clone(&bus), key.clone());
            tokio::spawn(async move { bus.take_ticket(&key).await.unwrap() })
        })
        .collect();
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    assert_eq!(taken, ["value"]);
}

async fn an_expired_ticket_is_gone(bus: Arc<dyn Bus>) {
    let (short, long) = (topic(), topic());
    bus.store_ticket(&long, "long", Duration::from_secs(60)).await.unwrap();
    bus.store_ticket(&short, "short", Duration::from_millis(1)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(bus.take_ticket(&short).await, Ok(None));
    assert_eq!(bus.take_ticket(&long).await, Ok(Some("long".into())));
    assert_eq!(bus.take_ticket(&long).await, Ok(None));
}

async fn a_subscription_without_topics_is_quiet(bus: Arc<dyn Bus>) {
    let mut subscription = subscribe(&bus, &[]).await;
    assert!(timeout(Duration::from_millis(20), subscription.receive()).await.is_err());
}

async fn listen(subscription: &mut Subscription, pattern: &str) {
    subscription.add(Filter::from(&pattern.parse::<Pattern>().unwrap()));
    subscription.confirmed().await.unwrap();
}

async fn what_several_filters_cover_is_received_once_and_what_none_covers_never(bus: Arc<dyn Bus>) {
    let room = format!("room-{:032x}", rand::random::<u128>());
    let [one, two, deep] = ["1", "2", "1.2"].map(|end| format!("{room}.{end}"));
    let mut all = subscribe(&bus, &[&one]).await;
    for pattern in ["*", "**"] {
        listen(&mut all, &format!("{room}.{pattern}")).await;
    }
    let mut flat = subscribe(&bus, &[]).await;
    listen(&mut flat, &format!("{room}.*")).await;
    for topic in [&one, &one, &deep, &two, &two] {
        assert!(bus.publish(topic, Bytes::from_static(b"same")).await.unwrap() > 0);
    }
    for topic in [&one, &one, &deep, &two, &two] {
        expect(&mut all, topic, b"same").await;
    }
    for topic in [&one, &one, &two, &two] {
        expect(&mut flat, topic, b"same").await;
    }
}

async fn a_filter_that_was_removed_counts_no_more(bus: Arc<dyn Bus>) {
    let topic = topic();
    let mut subscription = subscribe(&bus, &[]).await;
    let pattern: Pattern = topic.replace(".events", ".*").parse().unwrap();
    listen(&mut subscription, pattern.as_str()).await;
    assert_eq!(bus.publish(&topic, Bytes::from_static(b"1")).await, Ok(1));
    expect(&mut subscription, &topic, b"1").await;
    subscription.remove(&Filter::from(&pattern));
    wait_until_unheard(&bus, &topic).await;
}

async fn who_listens_to_a_topic_itself_is_counted(bus: Arc<dyn Bus>) {
    let topic = topic();
    let mut by_pattern = subscribe(&bus, &[]).await;
    listen(&mut by_pattern, &topic.replace(".events", ".*")).await;
    assert_eq!(bus.listeners(&topic).await, Ok(0));
    let subscription = subscribe(&bus, &[&topic]).await;
    assert_eq!(bus.listeners(&topic).await, Ok(1));
    drop(subscription);
    while bus.listeners(&topic).await.unwrap() > 0 {}
}

#[tokio::test]
async fn the_same_content_for_another_pattern_is_another_message() {
    let bus = support::redis().await;
    let topic = topic();
    let patterns = [topic.replace(".events", ".*"), topic.replace(".events", ".**")];
    let mut subscription = subscribe(&bus, &[]).await;
    listen(&mut subscription, &patterns[0]).await;
    assert_eq!(bus.publish(&topic, Bytes::from_static(b"same")).await, Ok(1));
    expect(&mut subscription, &topic, b"same").await;
    subscription.remove(&Filter::from(&patterns[0].parse::<Pattern>().unwrap()));
    while bus.publish(&topic, Bytes::from_static(b"same")).await.unwrap() > 0 {}
    listen(&mut subscription, &patterns[1]).await;
    assert_eq!(bus.publish(&topic, Bytes::from_static(b"same")).await, Ok(1));
    expect(&mut subscription, &topic, b"same").await;
}

/// A connection outside the bus, as a deployment's other processes have.
async fn outsider() -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(support::redis_url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn sockets_of_one_process_share_one_redis_subscription() {
    let bus = support::redis().await;
    let topic = topic();
    let _subscriptions = [
        subscribe(&bus, &[&topic]).await,
        subscribe(&bus, &[&topic]).await,
        subscribe(&bus, &[&topic]).await,
    ];
    let receivers: u64 =
        cmd("PUBLISH").arg(&topic).arg("x").query_async(&mut outsider().await).await.unwrap();
    assert_eq!(receivers, 1);
}

/// Drops all connections that have this database selected, and says how many there were.
async fn drop_connections(database: &str) -> usize {
    let mut outsider = outsider().await;
    let clients: String = cmd("CLIENT").arg("LIST").query_async(&mut outsider).await.unwrap();
    let mark = format!(" db={database} ");
    let dropped: Vec<&str> = clients.lines().filter(|client| client.contains(&mark)).collect();
    for client in &dropped {
        let id = client.split(' ').next().and_then(|field| field.strip_prefix("id=")).unwrap();
        let _: u64 = cmd("CLIENT").arg("KILL").arg("ID").arg(id).query_async(&mut outsider).await.unwrap();
    }
    dropped.len()
}

/// A connection of a gateway that is told from others' by its database.
async fn redis_with_database(database: &str) -> Redis {
    Redis::connect(&format!("{}/{database}", support::redis_url().trim_end_matches('/'))).await.unwrap()
}

/// A database of its own marks this test's connections, so that the others' are spared. Publishing ignores it.
const DATABASE_OF_THE_KILLED: &str = "9";

#[tokio::test]
async fn subscriptions_come_back_after_redis_drops_the_connections() {
    let bus: Arc<dyn Bus> = Arc::new(redis_with_database(DATABASE_OF_THE_KILLED).await);
    let topic = topic();
    let mut subscription = subscribe(&bus, &[&topic]).await;
    assert_eq!(drop_connections(DATABASE_OF_THE_KILLED).await, 2, "one for commands, one for subscriptions");
    let deadline = Instant::now() + Duration::from_secs(10);
    while bus.publish(&topic, Bytes::from_static(b"back?")).await.unwrap_or(0) == 0 {
        assert!(Instant::now() < deadline, "the subscription did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let first = timeout(Duration::from_secs(10), subscription.receive()).await;
    assert!(matches!(first, Ok(Received::Lost)), "instead of the loss: {first:?}");
    expect(&mut subscription, &topic, b"back?").await;
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_an_error() {
    assert!(Redis::connect("redis://127.0.0.1:1/").await.is_err());
    assert!(Redis::connect("http://127.0.0.1/").await.is_err());
}
