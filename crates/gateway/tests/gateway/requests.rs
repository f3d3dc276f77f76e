//! Requests and calls, and how each of them ends.

use std::sync::Arc;

use prost::Message as _;
use prost_types::Any;
use serde_json::json;
use tera_gateway::bus::{Bus, Subscription};
use tera_protocol::{
    error::ErrorCode,
    link::messages::{Cancel, reply::Outcome},
    opentera::{RpcMessage, TeraModuleMessage, value::ArgValue},
};

use crate::{
    bench::{Bench, event, module_message, received, text},
    client::message,
    on_every_bus, support,
    troubled::Troubled,
};

on_every_bus! {
    a_request_is_stamped_and_its_answer_comes_back_to_the_one_who_asked
    a_message_without_reply_is_stamped_as_well
    late_and_second_answers_are_dropped_for_every_socket_of_the_identity
    a_call_carries_every_type_of_argument_and_brings_its_json_back
    a_call_that_fails_remotely_is_an_error
    a_call_without_an_answer_times_out
    whoever_nobody_listens_to_is_unreachable
    a_cancelled_call_gets_no_reply
}

/// What a service sends back for a message.
fn answer(message: &TeraModuleMessage) -> TeraModuleMessage {
    let mut answer = message.clone();
    let head = answer.head.as_mut().unwrap();
    std::mem::swap(&mut head.source, &mut head.dest);
    answer
}

async fn a_request_is_stamped_and_its_answer_comes_back_to_the_one_who_asked(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let topic = format!("{}.messages", bench.service);
    let mut service = bench.subscribe(&topic).await;
    let mut ada = [bench.join("ada").await, bench.join("ada").await];
    // Both use the same id and the same number; the topic may be written as well as the address.
    ada[0].request(5, &bench.service).await;
    let first = module_message(&mut service).await;
    ada[1].request(5, &topic).await;
    let second = module_message(&mut service).await;
    let address = bench.identity("ada").to_string();
    for message in [&first, &second] {
        let head = message.head.as_ref().unwrap();
        assert_eq!((&head.source, &head.dest, head.version), (&address, &topic, 1));
        assert!(head.time > 1.7e9);
    }
    assert_ne!(first.head.as_ref().unwrap().seq, second.head.as_ref().unwrap().seq);

    bench.publish(&address, &answer(&second)).await;
    bench.publish(&address, &answer(&first)).await;
    for (client, request) in ada.iter_mut().zip([first, second]) {
        let mut expected = answer(&request);
        expected.head.as_mut().unwrap().seq = 42;
        assert_eq!(client.reply().await, (5, Outcome::Message(expected)));
    }
}

async fn a_message_without_reply_is_stamped_as_well(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut service = bench.subscribe(&format!("{}.messages", bench.service)).await;
    let mut dee = bench.join("dee").await;
    dee.send(&message(&bench.service)).await;
    let head = module_message(&mut service).await.head.unwrap();
    assert_eq!((head.source, head.seq, head.version), (bench.identity("dee").to_string(), 42, 1));
    dee.send(&message("service.somebody-else")).await;
    assert_eq!(dee.notice().await, ErrorCode::Forbidden);
    dee.send(&message(&bench.identity("ada").to_string())).await;
    assert_eq!(dee.notice().await, ErrorCode::Forbidden);
}

async fn late_and_second_answers_are_dropped_for_every_socket_of_the_identity(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut service = bench.subscribe(&format!("{}.messages", bench.service)).await;
    let mut ada = [bench.join("ada").await, bench.join("ada").await];
    ada[0].request(1, &bench.service).await;
    ada[0].request(2, &bench.service).await;
    let requests = [module_message(&mut service).await, module_message(&mut service).await];
    ada[0].send(&Cancel { id: 2 }).await;
    // A reply to what was sent after the Cancel proves that it has arrived.
    ada[0].request(3, "nonsense").await;
    assert_eq!(ada[0].failure().await.0, 3);
    let address = bench.identity("ada").to_string();
    for request in [&requests[0], &requests[0], &requests[1]] {
        bench.publish(&address, &answer(request)).await;
    }
    let news = message("news");
    bench.publish(&address, &news).await;
    assert_eq!(ada[0].reply().await.0, 1);
    for client in &mut ada {
        assert_eq!(client.message().await, news);
    }
}

/// Takes one call and replies to it with the text that `reply` makes of its number.
async fn serve_one(bench: &Bench, calls: &mut Subscription, reply: impl FnOnce(u64) -> String) -> RpcMessage {
    let call = RpcMessage::decode(received(calls).await.payload().clone()).unwrap();
    bench.publish_bytes(&call.reply_to, reply(call.id)).await;
    call
}

async fn a_call_carries_every_type_of_argument_and_brings_its_json_back(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    let args = vec![
        ArgValue::DoubleValue(-0.5),
        ArgValue::FloatValue(f32::MIN_POSITIVE),
        ArgValue::IntValue(i64::MIN),
        ArgValue::UintValue(u64::MAX),
        ArgValue::BoolValue(true),
        ArgValue::BytesValue((0..=255).collect()),
        ArgValue::StringValue("Ünïcødé \u{1f469}\u{200d}\u{2695}\u{fe0f}".into()),
    ];
    for (id, value) in [(1, "18446744073709551615"), (2, r#"{"a": [1.50, null, "é"]}"#), (3, "null")] {
        ada.call(id, &bench.service, "every_type", args.clone()).await;
        let reply = |id| {
            format!(
                r#"{{"method": "every_type", "id": {id}, "pattern": "", "status": "OK", "return_value": {value}}}"#
            )
        };
        let call = serve_one(&bench, &mut calls, reply).await;
        assert_eq!(call.method, "every_type");
        assert!(call.timestamp > 1.7e9);
        let carried: Vec<_> = call.args.into_iter().map(|arg| arg.arg_value.unwrap()).collect();
        assert_eq!(carried, args);
        assert_eq!(ada.reply().await, (id, Outcome::Json(value.into())));
    }
}

async fn a_call_that_fails_remotely_is_an_error(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    ada.call(1, &bench.service, "fail", vec![]).await;
    let reply = |id| json!({"id": id, "status": "Error", "return_value": "out of paper"}).to_string();
    serve_one(&bench, &mut calls, reply).await;
    assert_eq!(ada.failure().await, (1, ErrorCode::RemoteError, "out of paper".into()));
    ada.call(2, &bench.service, "nan", vec![]).await;
    serve_one(&bench, &mut calls, |id| {
        format!("{{\"id\": {id}, \"status\": \"OK\", \"return_value\": NaN}}")
    })
    .await;
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (2, ErrorCode::InvalidMessage));
}

async fn a_call_without_an_answer_times_out(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    ada.call_within(1, &bench.service, "unknown", vec![], 50).await;
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (1, ErrorCode::Timeout));
    // The late reply changes nothing, and the id can be used again.
    serve_one(&bench, &mut calls, |id| json!({"id": id, "status": "OK", "return_value": 1}).to_string())
        .await;
    ada.call(1, &bench.service, "known", vec![]).await;
    serve_one(&bench, &mut calls, |id| json!({"id": id, "status": "OK", "return_value": 2}).to_string())
        .await;
    assert_eq!(ada.reply().await, (1, Outcome::Json("2".into())));
}

async fn whoever_nobody_listens_to_is_unreachable(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut ada = bench.join("ada").await;
    ada.call(1, &bench.service, "x", vec![]).await;
    ada.request(2, &bench.service).await;
    for expected in [1, 2] {
        let (id, code, _) = ada.failure().await;
        assert_eq!((id, code), (expected, ErrorCode::Unreachable));
    }
    ada.send(&message(&bench.identity("dee").to_string())).await;
    assert_eq!(ada.notice().await, ErrorCode::Unreachable);
}

async fn a_cancelled_call_gets_no_reply(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    ada.call(1, &bench.service, "x", vec![]).await;
    ada.send(&Cancel { id: 1 }).await;
    ada.request(2, "nonsense").await;
    assert_eq!(ada.failure().await.0, 2);
    serve_one(&bench, &mut calls, |id| json!({"id": id, "status": "OK", "return_value": 1}).to_string())
        .await;
    bench.publish(&format!("{}.events", bench.service), &event("afterwards")).await;
    assert_eq!(text(&ada.event().await), "afterwards");
}

#[tokio::test]
async fn whoever_is_not_granted_is_forbidden_and_an_id_in_use_is_a_violation() {
    let bench = Bench::start(support::embedded().await).await;
    let _service = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    for target in ["module.TeraServer.UserManagerModule", "service.other"] {
        ada.call(1, target, "x", vec![]).await;
        let (id, code, _) = ada.failure().await;
        assert_eq!((id, code), (1, ErrorCode::Forbidden));
    }
    ada.call(1, &bench.service, "x", vec![]).await;
    ada.call(1, &bench.service, "x", vec![]).await;
    assert_eq!(ada.notice().await, ErrorCode::ProtocolViolation);
}

#[tokio::test]
async fn waiting_requests_are_bounded() {
    let bench =
        Bench::start_with(support::embedded().await, |config| config.limits.pending_requests = 3).await;
    let _service = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut ada = bench.join("ada").await;
    for id in 1..=4 {
        ada.call(id, &bench.service, "x", vec![]).await;
    }
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (4, ErrorCode::QueueFull));
}

#[tokio::test]
async fn what_was_cancelled_or_has_timed_out_before_it_began_is_not_done() {
    let bus = Troubled::new(".rpc");
    let bench = Bench::start_with(Arc::clone(&bus) as Arc<dyn Bus>, |config| {
        config.grants.user.produce = vec!["jobs".parse().unwrap()];
        config.grants.user.consume = vec!["jobs".parse().unwrap()];
    })
    .await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let produce = |item: &str| ["jobs", item].map(|text| ArgValue::StringValue(text.into())).to_vec();
    ada.call(1, &bench.service, "x", vec![]).await;
    ada.call(2, "gateway", "produce", produce("2")).await;
    ada.send(&Cancel { id: 2 }).await;
    ada.call_within(3, "gateway", "produce", produce("3"), 1).await;
    assert_eq!(ada.failure().await.1, ErrorCode::Timeout);
    ada.call(4, "gateway", "produce", produce("4")).await;
    bus.is_open.send_replace(true);
    assert_eq!(ada.failure().await.0, 1, "nobody listens there");
    assert_eq!(ada.reply().await.0, 4);
    let consume = vec![ArgValue::StringValue("jobs".into()), ArgValue::IntValue(1)];
    assert_eq!(bob.command(1, "consume", consume).await, Ok(None));
    let (_, _, _, job) = bob.invocation().await;
    assert_eq!(job.last(), Some(&ArgValue::StringValue("4".into())));
}

#[tokio::test]
async fn a_call_or_request_that_was_cancelled_or_has_timed_out_before_it_went_out_is_not_heard() {
    let bus = Troubled::new("-slow");
    let bench =
        Bench::start_with(Arc::clone(&bus) as Arc<dyn Bus>, |config| config.limits.burst = 2000).await;
    let mut calls = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    let mut messages = bench.subscribe(&format!("{}.messages", bench.service)).await;
    let mut ada = bench.join("ada").await;
    ada.call(1, &format!("{}-slow", bench.service), "x", vec![]).await;
    // More than may wait at a time.
    for id in 2..=300 {
        ada.call(id, &bench.service, "cancelled", vec![]).await;
        ada.send(&Cancel { id }).await;
    }
    ada.request(301, &bench.service).await;
    ada.send(&Cancel { id: 301 }).await;
    ada.call_within(302, &bench.service, "late", vec![], 1).await;
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (302, ErrorCode::Timeout));
    ada.call(303, &bench.service, "wanted", vec![]).await;
    ada.send(&message(&bench.service)).await;
    bus.is_open.send_replace(true);
    assert_eq!(ada.failure().await.0, 1, "nobody listens there");
    let call = RpcMessage::decode(received(&mut calls).await.payload().clone()).unwrap();
    assert_eq!(call.method, "wanted");
    assert_eq!(module_message(&mut messages).await.head.unwrap().seq, 42, "the message that is no request");
    let reply = json!({"id": call.id, "status": "OK", "return_value": 1}).to_string();
    bench.publish_bytes(&call.reply_to, reply).await;
    assert_eq!(ada.reply().await, (303, Outcome::Json("1".into())));
}

#[tokio::test]
async fn what_waits_for_the_bus_is_bounded_in_bytes() {
    let bus = Troubled::new(".rpc");
    let bench = Bench::start_with(Arc::clone(&bus) as Arc<dyn Bus>, |config| {
        config.limits.max_frame_bytes = 16 * 1024;
        config.grants.user.produce = vec!["jobs".parse().unwrap()];
    })
    .await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let large = "7".repeat(15 * 1024);
    let produce = || ["jobs", &large].map(|text| ArgValue::StringValue(text.into())).to_vec();
    ada.call(1, &bench.service, "x", vec![]).await;
    for id in 2..=100 {
        ada.call(id, "gateway", "produce", produce()).await;
    }
    let (first, code, _) = ada.failure().await;
    assert_eq!(code, ErrorCode::QueueFull);
    assert!((64..80).contains(&first), "{first}");
    for refused in first + 1..=100 {
        assert_eq!(ada.failure().await.0, refused);
    }

    bob.call(1, &bench.service, "x", vec![]).await;
    let mut one_way = message(&bench.service);
    one_way.data.push(Any { type_url: "x".into(), value: large.clone().into() });
    for _ in 1..=100 {
        bob.send(&one_way).await;
    }
    assert_eq!(bob.notice().await, ErrorCode::QueueFull);

    bus.is_open.send_replace(true);
    assert_eq!(ada.failure().await.0, 1, "nobody listens there");
    for id in 2..first {
        assert_eq!(ada.reply().await.0, id);
    }
    assert!(ada.command(200, "produce", produce()).await.is_ok());
}

#[tokio::test]
async fn without_a_bus_requests_are_unavailable_and_health_says_so_but_sockets_stay() {
    let bus = Troubled::new("no topic");
    let bench = Bench::start(Arc::clone(&bus) as Arc<dyn Bus>).await;
    let mut ada = bench.join("ada").await;
    assert_eq!(bench.health().await, (200, 1, 0));
    bus.failing.send_replace(Some(String::new()));
    ada.call(1, &bench.service, "x", vec![]).await;
    let (id, code, _) = ada.failure().await;
    assert_eq!((id, code), (1, ErrorCode::Unavailable));
    assert_eq!(bench.health().await.0, 503);
    bus.failing.send_replace(None);
    ada.call(1, &bench.service, "x", vec![]).await;
    assert_eq!(ada.failure().await.1, ErrorCode::Unreachable);
}
