//! Signals between clients and services.

use std::sync::Arc;

use prost::Message as _;
use serde_json::{Value, json};
use tera_gateway::bus::Bus;
use tera_protocol::{
    any::pack,
    error::ErrorCode,
    link::messages::{Publish, Subscribe, request::Operation},
    opentera::value::ArgValue,
};

use crate::{
    bench::{Bench, event, received, user},
    client::Client,
    on_every_bus, support,
};

on_every_bus! {
    a_message_reaches_every_socket_of_its_recipient_from_its_true_sender
    a_service_gets_messages_and_its_reply_comes_back
    a_reply_goes_to_the_address_given_or_the_return_address_or_the_sender
    events_and_changes_reach_those_who_listen
    what_is_no_signal_is_dropped_and_the_next_one_comes
}

/// Users may send to each other, to the bench's service, and emit events.
pub(crate) async fn bench(bus: Arc<dyn Bus>) -> Bench {
    Bench::start_with(bus, |config| {
        let parsed = |patterns: &[&str]| patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        config.grants.user.subscribe = parsed(&["signal.agents", "signal.event.**"]);
        config.grants.user.publish = parsed(&["signal.service.*", "signal.event.**"]);
    })
    .await
}

/// A service's name that only one test knows.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{:032x}", rand::random::<u128>())
}

async fn send(client: &mut Client, id: u64, signal: &Value) -> Result<Option<String>, ErrorCode> {
    client.command(id, "signal", vec![ArgValue::StringValue(signal.to_string())]).await
}

pub(crate) async fn hear(client: &mut Client, pattern: &str) -> Option<ErrorCode> {
    client.ask(1000, Operation::Subscribe(Subscribe { pattern: pattern.into() })).await
}

/// The next signal that the client gets.
pub(crate) async fn heard(client: &mut Client) -> Value {
    let (kind, _, _, args) = client.invocation().await;
    let [ArgValue::StringValue(json)] = &args[..] else { panic!("instead of one text: {args:?}") };
    assert_eq!(kind, "signal");
    serde_json::from_str(json).unwrap()
}

pub(crate) fn message(to: &str) -> Value {
    json!({ "signalType": "MESSAGE", "to": to, "messageType": "Offer", "price": 3 })
}

async fn a_message_reaches_every_socket_of_its_recipient_from_its_true_sender(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let mut ada = bench.join("ada").await;
    let [mut bob, mut again] = [bench.join("bob").await, bench.join("bob").await];
    for client in [&mut ada, &mut bob, &mut again] {
        assert_eq!(hear(client, "signal.agents").await, None);
    }
    let [from, to] = ["ada", "bob"].map(|login| bench.identity(login).address());
    let mut signal = message(&to);
    signal["from"] = json!(to);
    assert_eq!(send(&mut ada, 1, &signal).await, Ok(None));
    signal["id"] = json!("given");
    assert_eq!(send(&mut ada, 2, &signal).await, Ok(None));
    for client in [&mut bob, &mut again] {
        let first = heard(client).await;
        assert_eq!((&first["from"], &first["price"]), (&json!(from), &json!(3)));
        assert_eq!(first["id"].as_str().unwrap().len(), 36);
        assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!(heard(client).await["id"], "given");
        assert_eq!(client.topic, "signal.agents");
    }
    // Ada got none of them: what comes next is to her.
    assert_eq!(send(&mut bob, 1, &message(&from)).await, Ok(None));
    assert_eq!(heard(&mut ada).await["from"], json!(to));
    bench.stop().await;
}

async fn a_service_gets_messages_and_its_reply_comes_back(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let mut ada = bench.join("ada").await;
    hear(&mut ada, "signal.agents").await;
    let name = unique("Thermo");
    assert_eq!(send(&mut ada, 1, &message(&name)).await, Err(ErrorCode::Unreachable));
    let mut input = bench.subscribe(&format!("signal.service.{name}")).await;
    assert_eq!(send(&mut ada, 2, &message(&name)).await, Ok(None));
    let asked: Value = serde_json::from_slice(received(&mut input).await.payload()).unwrap();
    let address = bench.identity("ada").address();
    assert_eq!(asked["from"], json!(address));
    let reply = json!({
        "id": "r1", "timestamp": "2026-01-01T00:00:00Z", "signalType": "REPLY", "from": name, "to": address,
        "messageType": "Answer", "replyTo": asked, "degrees": 21.50,
    });
    bench.publish_bytes("signal.agents", reply.to_string()).await;
    assert_eq!(heard(&mut ada).await, reply);
    bench.stop().await;
}

async fn a_reply_goes_to_the_address_given_or_the_return_address_or_the_sender(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    hear(&mut bob, "signal.agents").await;
    let names = ["Shop", "Desk", "Other"].map(unique);
    let topics = names.each_ref().map(|name| format!("signal.service.{name}"));
    let mut inputs = Vec::new();
    for topic in &topics {
        inputs.push(bench.subscribe(topic).await);
    }
    let [shop, desk, other] = names;
    let reply = |replied_to: Value| json!({ "signalType": "REPLY", "to": replied_to["from"], "messageType": "R", "replyTo": replied_to });
    let asked = reply(json!({ "id": "1", "from": shop }));
    assert_eq!(send(&mut ada, 1, &asked).await, Ok(None));
    received(&mut inputs[0]).await;
    let returned = reply(json!({ "id": "2", "from": shop, "returnAddress": desk }));
    assert_eq!(send(&mut ada, 2, &returned).await, Ok(None));
    received(&mut inputs[1]).await;
    let text = ArgValue::StringValue(returned.to_string());
    let named = vec![text, ArgValue::StringValue(other)];
    assert_eq!(ada.command(3, "signal", named).await, Ok(None));
    received(&mut inputs[2]).await;
    let to_client =
        reply(json!({ "id": "3", "from": bench.identity("bob").address(), "returnAddress": "agents" }));
    assert_eq!(send(&mut ada, 4, &to_client).await, Ok(None));
    assert_eq!(heard(&mut bob).await["replyTo"]["id"], "3");
    bench.stop().await;
}

async fn events_and_changes_reach_those_who_listen(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let [tick, user] = ["Tick", "User"].map(unique);
    assert_eq!(hear(&mut bob, &format!("signal.event.{tick}")).await, None);
    assert_eq!(hear(&mut bob, &format!("signal.event.DataChangeEvent.{user}")).await, None);
    let unheard = json!({ "signalType": "EVENT", "eventType": unique("Tock") });
    let event = json!({ "signalType": "EVENT", "eventType": tick, "count": 18_446_744_073_709_551_615_u64 });
    let change = json!({
        "signalType": "DATA_CHANGE_EVENT", "objectType": user, "changeType": "UPDATED", "object": { "name": "é😀" },
    });
    for (id, signal) in [(1, &unheard), (2, &event), (3, &change)] {
        assert_eq!(send(&mut ada, id, signal).await, Ok(None));
    }
    let first = heard(&mut bob).await;
    assert_eq!((&first["eventType"], &first["count"]), (&event["eventType"], &event["count"]));
    assert_eq!(first["from"], bench.identity("ada").address());
    assert_eq!(heard(&mut bob).await["object"], change["object"]);
    assert_eq!(bob.topic, format!("signal.event.DataChangeEvent.{user}"));
    bench.stop().await;
}

async fn what_is_no_signal_is_dropped_and_the_next_one_comes(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let mut bob = bench.join("bob").await;
    let tick = unique("Tick");
    let topic = format!("signal.event.{tick}");
    hear(&mut bob, &topic).await;
    let whole = json!({
        "id": "1", "timestamp": "t", "signalType": "EVENT", "from": "Clock", "eventType": tick,
    });
    let mut unsigned = whole.clone();
    unsigned.as_object_mut().unwrap().remove("from");
    for wrong in [Vec::new(), vec![0xff], b"{}".to_vec(), unsigned.to_string().into_bytes()] {
        bench.publish_bytes(&topic, wrong).await;
    }
    bench.publish_bytes(&topic, event("no signal").encode_to_vec()).await;
    bench.publish_bytes(&topic, whole.to_string()).await;
    assert_eq!(heard(&mut bob).await, whole);
    bench.stop().await;
}

#[tokio::test]
async fn nobody_speaks_as_someone_else() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.grants.user.subscribe = vec!["**".parse().unwrap()];
        config.grants.user.publish = vec!["**".parse().unwrap()];
    })
    .await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    hear(&mut bob, "signal.**").await;
    for topic in ["signal.agents", "signal.event.Tick", "signal.service.Thermo", "signal", "signal.x.y.z"] {
        let operation =
            Operation::Publish(Publish { topic: topic.into(), message: Some(pack(&user("forged"))) });
        assert_eq!(ada.ask(1, operation).await, Some(ErrorCode::Forbidden), "{topic}");
    }
    let tick = r#""signalType":"EVENT","eventType":"Tick""#;
    let twice = format!(r#"{{"from":"a","from":"b",{tick}}}"#);
    let refused = ada.command(2, "signal", vec![ArgValue::StringValue(twice)]).await;
    assert_eq!(refused, Err(ErrorCode::InvalidArgument));
    for (id, from) in [(3, r#""from":"Boss","#), (4, r#""\u0066rom":"Boss","#), (5, r#""from":null,"#)] {
        let signal = format!(r#"{{{from}{tick},"FROM":"own"}}"#);
        assert_eq!(ada.command(id, "signal", vec![ArgValue::StringValue(signal)]).await, Ok(None));
        let heard = heard(&mut bob).await;
        assert_eq!(
            (&heard["from"], &heard["FROM"]),
            (&json!(bench.identity("ada").address()), &json!("own"))
        );
    }
    // A reply that quotes a message of somebody's goes no further than its sender may.
    let quoted = json!({ "id": "1", "from": bench.identity("pat").address() });
    let reply = json!({ "signalType": "REPLY", "to": quoted["from"], "messageType": "R", "replyTo": quoted });
    assert_eq!(send(&mut ada, 6, &reply).await, Err(ErrorCode::Forbidden));
}

#[tokio::test]
async fn what_is_not_granted_is_forbidden_and_by_default_that_is_everything() {
    let bench = bench(support::embedded().await).await;
    let [mut ada, mut dee] = [bench.join("ada").await, bench.join("dee").await];
    for pattern in ["signal.agents", "signal.event.Tick", "signal.**"] {
        assert_eq!(hear(&mut dee, pattern).await, Some(ErrorCode::Forbidden));
    }
    let event = json!({ "signalType": "EVENT", "eventType": "Tick" });
    for signal in [message("Thermo"), message(&bench.identity("ada").address()), event] {
        assert_eq!(send(&mut dee, 1, &signal).await, Err(ErrorCode::Forbidden));
    }
    let pat = message(&bench.identity("pat").address());
    assert_eq!(send(&mut ada, 1, &pat).await, Err(ErrorCode::Forbidden));
    for pattern in ["signal.service.Thermo", "signal.service.*", "signal.**"] {
        assert_eq!(hear(&mut ada, pattern).await, Some(ErrorCode::Forbidden));
    }
}

#[tokio::test]
async fn what_is_sent_to_services_is_heard_by_no_client_whatever_it_is_granted() {
    let bench = Bench::start_with(support::embedded().await, |config| {
        config.grants.user.subscribe = vec!["**".parse().unwrap()];
    })
    .await;
    let mut ada = bench.join("ada").await;
    assert_eq!(hear(&mut ada, "signal.service.Thermo").await, Some(ErrorCode::Forbidden));
    assert_eq!(hear(&mut ada, "**").await, None);
    let signal = |kind: Value| {
        let mut signal = json!({ "id": "1", "timestamp": "t", "from": "Shop" });
        signal.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        signal.to_string()
    };
    let private = json!({ "signalType": "MESSAGE", "to": "Thermo", "messageType": "Offer" });
    bench.publish_bytes("signal.service.Thermo", signal(private)).await;
    let others = json!({
        "signalType": "MESSAGE", "to": bench.identity("bob").address(), "messageType": "Offer",
    });
    bench.publish_bytes("signal.agents", signal(others)).await;
    let event = json!({ "signalType": "EVENT", "eventType": "Tick" });
    bench.publish_bytes("signal.event.Tick", signal(event)).await;
    assert_eq!(heard(&mut ada).await["eventType"], "Tick");
}

#[tokio::test]
async fn wrong_signals_are_refused_with_a_code() {
    let bench = bench(support::embedded().await).await;
    let mut ada = bench.join("ada").await;
    let text = |text: &str| ArgValue::StringValue(text.into());
    for args in [
        vec![],
        vec![ArgValue::IntValue(1)],
        vec![text("")],
        vec![text("{}")],
        vec![text(&message("a.b").to_string())],
        vec![text(&message("agents").to_string())],
        vec![text(&message("websocket.user.x").to_string())],
        vec![text(&message("Thermo").to_string()), text("Other")],
        vec![text(&message("Thermo").to_string()), ArgValue::BoolValue(true)],
        vec![text(&json!({ "signalType": "EVENT", "eventType": "*" }).to_string())],
    ] {
        let shown = format!("{args:?}");
        assert_eq!(ada.command(1, "signal", args).await, Err(ErrorCode::InvalidArgument), "{shown}");
    }
}
