//! Sessions outlive their sockets: what was missed comes once and in order, or is a gap.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use serde_json::json;
use tera_gateway::bus::{Bus, Subscription};
use tera_protocol::{
    any::type_name,
    link::{
        frame::Envelope,
        messages::{Missing, reply::Outcome},
    },
    opentera::{RpcMessage, TeraEvent},
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::{
    bench::{Bench, event, received, text},
    client::{Client, PATIENCE, Remains, message},
    on_every_bus, support,
    troubled::Troubled,
};

on_every_bus! {
    what_was_missed_comes_once_and_in_order_before_what_is_new
    a_call_in_flight_survives_the_cut_and_is_executed_once
    a_client_that_is_too_slow_is_closed_and_gets_an_exact_gap
}

impl Bench {
    /// Publishes events with these numbers as their texts, for everybody.
    async fn publish_numbers(&self, numbers: std::ops::RangeInclusive<u64>) {
        for number in numbers {
            self.publish(&format!("{}.events", self.service), &event(&number.to_string())).await;
        }
    }

    /// Cuts a client's connection and waits until the gateway knows.
    async fn cut(&self, client: Client) -> Remains {
        let remains = client.cut();
        self.until_healthy((200, 0, 1)).await;
        remains
    }
}

async fn expect_numbers(client: &mut Client, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        assert_eq!(text(&client.event().await), number.to_string());
    }
}

async fn what_was_missed_comes_once_and_in_order_before_what_is_new(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut ada = bench.join("ada").await;
    for round in 0..5 {
        let first = round * 30 + 1;
        bench.publish_numbers(first..=first + 9).await;
        // The rest of these is on its way when the connection is cut.
        expect_numbers(&mut ada, first..=first + 4).await;
        let remains = bench.cut(ada).await;
        bench.publish_numbers(first + 10..=first + 19).await;
        ada = bench.resume("ada", &remains).await.unwrap();
        bench.publish_numbers(first + 20..=first + 29).await;
        expect_numbers(&mut ada, first + 5..=first + 29).await;
    }
}

async fn next_call(calls: &mut Subscription) -> RpcMessage {
    RpcMessage::decode(received(calls).await.payload().clone()).unwrap()
}

async fn a_call_in_flight_survives_the_cut_and_is_executed_once(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    ada.call(1, &bench.service, "first", vec![]).await;
    let call = next_call(&mut calls).await;
    let mut remains = bench.cut(ada).await;
    let reply = json!({"id": call.id, "status": "OK", "return_value": 7}).to_string();
    bench.publish_bytes(&call.reply_to, reply).await;
    // The client does not know whether its call has arrived and sends it again, with the same number.
    remains.seq -= 1;
    let mut ada = bench.resume("ada", &remains).await.unwrap();
    ada.call(1, &bench.service, "first", vec![]).await;
    assert_eq!(ada.reply().await, (1, Outcome::Json("7".into())));
    ada.call(2, &bench.service, "second", vec![]).await;
    assert_eq!(next_call(&mut calls).await.method, "second");
}

/// Reads without acknowledging anything, until the gateway closes: the number of the last message, and the texts.
async fn read_on(client: &mut Client) -> (u64, Vec<u64>, u16) {
    let (mut last, mut texts) = (client.received, Vec::new());
    loop {
        let message = timeout(PATIENCE, client.socket.next()).await.expect("the gateway does not close");
        match message.unwrap().unwrap() {
            Message::Binary(frame) => {
                let Envelope { message, seq, .. } = Envelope::decode(&frame).unwrap();
                if type_name(message.type_url) == "opentera.protobuf.TeraEvent" {
                    assert_eq!(seq, last + 1);
                    last = seq;
                    texts.push(text(&TeraEvent::decode(message.value).unwrap()).parse().unwrap());
                }
            }
            Message::Close(frame) => return (last, texts, frame.unwrap().code.into()),
            _ => {}
        }
    }
}

async fn a_client_that_is_too_slow_is_closed_and_gets_an_exact_gap(bus: Arc<dyn Bus>) {
    let bench = Bench::start_with(bus, |config| config.limits.replay_messages = 10).await;
    let mut ada = bench.join("ada").await;
    bench.publish_numbers(1..=50).await;
    let (last, mut seen, code) = read_on(&mut ada).await;
    assert_eq!(code, 4003);
    let remains = Remains { received: last, ..bench.cut(ada).await };
    bench.publish_numbers(51..=65).await;
    let mut ada = bench.resume("ada", &remains).await.unwrap();
    let gap = ada.gap().await;
    let [Missing { topic, first, last, count, unknown: false }] = &gap.missing[..] else { panic!("{gap:?}") };
    assert_eq!((topic, *count), (&format!("{}.events", bench.service), last - first + 1));
    seen.extend(*first..=*last);
    for _ in 0..10 {
        seen.push(text(&ada.event().await).parse().unwrap());
    }
    assert_eq!(seen, (1..=65).collect::<Vec<u64>>());
    bench.publish_numbers(66..=66).await;
    expect_numbers(&mut ada, 66..=66).await;
}

#[tokio::test]
async fn a_second_socket_replaces_the_first_and_only_the_newest_token_works() {
    let bench = Bench::start(support::embedded().await).await;
    let mut first = bench.join("ada").await;
    let stale = Remains { seq: 0, received: first.received, token: first.token.clone() };
    let mut second = bench.resume("ada", &stale).await.unwrap();
    assert_eq!(first.closed().await, (4005, "the session goes on with another socket".into()));
    // A frame on the new socket proves that the new token has arrived.
    second.request(1, "nonsense").await;
    assert_eq!(second.failure().await.0, 1);
    assert_eq!(bench.health().await, (200, 1, 0));
    assert!(bench.resume("ada", &stale).await.is_none(), "a token that was used before");
    bench.publish_numbers(1..=3).await;
    expect_numbers(&mut second, 1..=3).await;
}

#[tokio::test]
async fn a_token_of_another_identity_opens_a_session_of_ones_own_and_harms_none() {
    let bench = Bench::start(support::embedded().await).await;
    let remains = bench.cut(bench.join("ada").await).await;
    bench.publish_numbers(1..=2).await;
    let mut bob = bench.connect("bob").await;
    assert!(!bob.resume(&Remains { received: 0, ..remains.clone() }).await);
    bob.event().await;
    let mut ada = bench.resume("ada", &remains).await.unwrap();
    expect_numbers(&mut ada, 1..=2).await;
    bench.publish_numbers(3..=3).await;
    expect_numbers(&mut bob, 3..=3).await;
}

#[tokio::test]
async fn a_session_that_was_kept_for_long_enough_is_gone() {
    let bench =
        Bench::start_with(support::embedded().await, |config| config.session_retention_seconds = 1).await;
    let remains = bench.cut(bench.join("ada").await).await;
    bench.until_healthy((200, 0, 0)).await;
    assert!(bench.resume("ada", &remains).await.is_none());
}

#[tokio::test]
async fn of_too_many_sessions_without_a_socket_the_oldest_goes() {
    let change = |config: &mut tera_gateway::config::Config| config.detached_sessions_per_identity = 1;
    let bench = Bench::start_with(support::embedded().await, change).await;
    let oldest = bench.cut(bench.join("ada").await).await;
    let second = bench.join("ada").await.cut();
    bench.until_healthy((200, 0, 1)).await;
    assert!(bench.resume("ada", &second).await.is_some());
    assert!(bench.resume("ada", &oldest).await.is_none());
}

#[tokio::test]
async fn a_client_that_closes_with_1000_ends_its_session_and_with_4006_keeps_it() {
    for (code, kept) in [(1000_u16, 0), (4006, 1)] {
        let bench = Bench::start(support::embedded().await).await;
        let mut ada = bench.join("ada").await;
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        ada.socket.close(Some(frame)).await.unwrap();
        bench.until_healthy((200, 0, kept)).await;
        let remains = ada.cut();
        assert_eq!(bench.resume("ada", &remains).await.is_some(), kept == 1, "{code}");
    }
}

#[tokio::test]
async fn a_socket_that_has_gone_silent_is_freed_and_its_session_stays() {
    let bench = Bench::start(support::embedded().await).await;
    let ada = bench.join("ada").await;
    // Nobody reads this socket, so that no Ping is answered.
    bench.until_healthy((200, 0, 1)).await;
    bench.publish_numbers(1..=1).await;
    let mut ada = bench.resume("ada", &ada.cut()).await.unwrap();
    expect_numbers(&mut ada, 1..=1).await;
}

#[tokio::test]
async fn a_client_that_says_no_hello_is_closed_with_4001() {
    let bench = Bench::start(support::embedded().await).await;
    let mut silent = bench.connect("ada").await;
    let mut wrong = bench.connect("ada").await;
    wrong.socket.send(Message::Text("hello".into())).await.unwrap();
    for client in [&mut wrong, &mut silent] {
        assert_eq!(client.closed().await, (4001, "a client says Hello first".into()));
    }
    assert_eq!(bench.health().await, (200, 0, 0));
}

#[tokio::test]
async fn the_next_gateway_knows_nothing_of_the_sessions_of_the_one_before() {
    let bench = Bench::start(support::embedded().await).await;
    let next = bench.sibling(Arc::clone(&bench.bus)).await;
    let remains = bench.cut(bench.join("ada").await).await;
    bench.stop().await;
    assert!(next.resume("ada", &remains).await.is_none());
}

#[tokio::test]
async fn a_gateway_that_shuts_down_publishes_what_it_has_taken() {
    let bus = Troubled::new(".messages");
    let mut bench = Bench::start(Arc::clone(&bus) as Arc<dyn Bus>).await;
    let mut service = bench.subscribe(&format!("{}.messages", bench.service)).await;
    let mut ada = bench.join("ada").await;
    for _ in 0..5 {
        ada.send(&message(&bench.service)).await;
    }
    // A reply to what was sent after them proves that they have arrived.
    ada.request(1, "nonsense").await;
    assert_eq!(ada.failure().await.0, 1);
    bench.begin_stop();
    assert_eq!(ada.closed().await.0, 1012);
    bus.is_open.send_replace(true);
    for _ in 0..5 {
        received(&mut service).await;
    }
}
