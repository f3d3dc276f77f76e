//! Signals that a client sends as text messages.

use std::sync::Arc;

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tera_gateway::bus::Bus;
use tera_protocol::error::ErrorCode;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    bench::received,
    client::Client,
    on_every_bus,
    signals::{bench, hear, heard, message, unique},
    support,
};

on_every_bus! {
    a_text_is_a_signal_from_its_true_sender
    a_text_goes_out_in_line_with_what_else_its_client_wants
}

async fn say(client: &mut Client, text: impl ToString) {
    client.socket.send(Message::Text(text.to_string().into())).await.unwrap();
}

fn tick(event_type: &str) -> Value {
    json!({ "signalType": "EVENT", "eventType": event_type })
}

async fn a_text_is_a_signal_from_its_true_sender(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let [from, to] = ["ada", "bob"].map(|login| bench.identity(login).address());
    let name = unique("Thermo");
    let mut input = bench.subscribe(&format!("signal.service.{name}")).await;
    hear(&mut bob, "signal.agents").await;
    let mut signal = message(&to);
    signal["from"] = json!(to);
    say(&mut ada, &signal).await;
    let first = heard(&mut bob).await;
    assert_eq!((&first["from"], &first["price"]), (&json!(from), &json!(3)));
    assert_eq!(first["id"].as_str().unwrap().len(), 36);
    assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));

    signal["to"] = json!(name);
    signal["id"] = json!("given");
    say(&mut ada, &signal).await;
    let second: Value = serde_json::from_slice(received(&mut input).await.payload()).unwrap();
    assert_eq!((&second["from"], &second["id"]), (&json!(from), &json!("given")));
    bench.stop().await;
}

async fn a_text_goes_out_in_line_with_what_else_its_client_wants(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let mut ada = bench.join("ada").await;
    let own = unique("Tick");
    say(&mut ada, tick(&own)).await;
    assert_eq!(hear(&mut ada, &format!("signal.event.{own}")).await, None);
    for count in 0..50 {
        let mut signal = tick(&own);
        signal["count"] = json!(count);
        say(&mut ada, signal).await;
    }
    for count in 0..50 {
        assert_eq!(heard(&mut ada).await["count"], count, "what came before the subscription is not heard");
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_text_that_is_refused_is_told_of_with_a_code_and_a_sentence_and_the_connection_stays() {
    let bench = bench(support::embedded().await).await;
    let [mut ada, mut dee] = [bench.join("ada").await, bench.join("dee").await];
    let deep =
        format!(r#"{{"signalType":"EVENT","eventType":"E","deep":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    for wrong in ["", "hello", "{}", "[]", r#"{"signalType":"EVENT","eventType":"a.b"}"#, &deep] {
        say(&mut ada, wrong).await;
        assert_eq!(ada.notice().await, ErrorCode::InvalidArgument, "{wrong}");
    }
    say(&mut ada, message(&bench.identity("pat").address())).await;
    assert_eq!(ada.notice().await, ErrorCode::Forbidden);
    say(&mut ada, message(&unique("Nobody"))).await;
    assert_eq!(ada.notice().await, ErrorCode::Unreachable);
    say(&mut dee, tick("Tick")).await;
    assert_eq!(dee.notice().await, ErrorCode::Forbidden);
    hear(&mut ada, "signal.event.Tick").await;
    say(&mut ada, tick("Tick")).await;
    assert_eq!(heard(&mut ada).await["eventType"], "Tick");
}

#[tokio::test]
async fn a_text_that_is_larger_than_a_frame_may_be_closes_with_1009() {
    let bench = bench(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    let mut signal = tick("Tick");
    signal["much"] = json!("x".repeat(1 << 20));
    // Where the gateway stops reading, sending fails; what it says stays to be read.
    _ = ada.socket.send(Message::Text(signal.to_string().into())).await;
    assert_eq!(ada.closed().await.0, 1009);
}
