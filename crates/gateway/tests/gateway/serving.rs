//! Procedures that clients serve, called by other clients and by services.

use std::sync::Arc;

use prost::Message as _;
use tera_gateway::{bus::Bus, config::Config};
use tera_protocol::{
    error::ErrorCode,
    link::messages::reply::Outcome,
    opentera::{RpcMessage, value::ArgValue},
    topic::Topic,
};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::{
    bench::{Bench, received},
    on_every_bus,
};

on_every_bus! {
    a_client_serves_a_procedure_that_another_client_calls
    a_service_on_the_bus_calls_a_client_and_gets_opentera_s_json
    of_several_sessions_of_one_identity_exactly_one_takes_a_call
    a_session_without_a_socket_takes_only_calls_that_no_other_serves
    an_answer_to_a_call_of_the_session_before_is_nobody_s
    a_call_that_nobody_serves_fails_and_so_does_one_whose_server_goes
    who_may_not_serve_or_call_is_refused
}

fn text(text: &str) -> ArgValue {
    ArgValue::StringValue(text.into())
}

fn int(number: u64) -> ArgValue {
    ArgValue::IntValue(number.try_into().unwrap())
}

async fn bench(bus: Arc<dyn Bus>) -> Bench {
    Bench::start_with(bus, |config: &mut Config| config.grants.user.serve = true).await
}

async fn a_client_serves_a_procedure_that_another_client_calls(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let address = bench.identity("ada").address();
    assert_eq!(ada.command(1, "serve", vec![text("add")]).await, Ok(None));

    bob.call(1, &address, "add", vec![int(1), text("x")]).await;
    let (what, number, method, args) = ada.invocation().await;
    assert_eq!((&*what, &*method, args), ("call", "add", vec![int(1), text("x")]));
    assert_eq!(ada.topic, format!("{address}.rpc"));
    let result = text(r#"{"sum": 2.50}"#);
    assert_eq!(ada.command(2, "return", vec![int(number), result]).await, Ok(None));
    assert_eq!(bob.reply().await, (1, Outcome::Json(r#"{"sum": 2.50}"#.into())));
    assert_eq!(ada.command(3, "return", vec![int(number), text("3")]).await, Ok(None), "again is nothing");

    bob.call(2, &address, "add", vec![]).await;
    let (_, number, ..) = ada.invocation().await;
    let wrong = ada.command(4, "return", vec![int(number), text("{")]).await;
    assert_eq!(wrong, Err(ErrorCode::InvalidArgument));
    assert_eq!(ada.command(5, "fail", vec![int(number), text("no sum today")]).await, Ok(None));
    assert_eq!(bob.failure().await, (2, ErrorCode::RemoteError, "no sum today".into()));
    bench.stop().await;
}

async fn a_service_on_the_bus_calls_a_client_and_gets_opentera_s_json(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let mut ada = bench.join("ada").await;
    ada.command(1, "serve", vec![text("add")]).await.unwrap();
    let channel = format!("private-{:032x}", rand::random::<u128>());
    let mut replies = bench.subscribe(&channel).await;
    let topic = Topic::Calls(bench.identity("ada")).to_string();
    let rpc = RpcMessage { method: "add".into(), reply_to: channel, id: 77, ..Default::default() };
    bench.publish(&topic, &rpc).await;
    let (_, number, ..) = ada.invocation().await;
    ada.command(2, "return", vec![int(number), text("[1, null]")]).await.unwrap();
    let reply: serde_json::Value = serde_json::from_slice(received(&mut replies).await.payload()).unwrap();
    let expected = serde_json::json!({
        "method": "add", "id": 77, "pattern": topic, "status": "OK", "return_value": [1, null],
    });
    assert_eq!(reply, expected);
    bench.publish_bytes(&topic, RpcMessage::default().encode_to_vec()).await;
    bench.publish_bytes(&topic, vec![0xff]).await;
    assert_eq!(ada.command(3, "withdraw", vec![text("add")]).await, Ok(None));
    bench.stop().await;
}

async fn of_several_sessions_of_one_identity_exactly_one_takes_a_call(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut first, mut second, mut bob] =
        [bench.join("ada").await, bench.join("ada").await, bench.join("bob").await];
    let address = bench.identity("ada").address();
    first.command(1, "serve", vec![text("one")]).await.unwrap();
    second.command(1, "serve", vec![text("two")]).await.unwrap();
    second.command(2, "serve", vec![text("one")]).await.unwrap();
    for (id, method) in [(1, "two"), (2, "one")] {
        bob.call(id, &address, method, vec![]).await;
    }
    assert_eq!(second.invocation().await.2, "two");
    assert_eq!(first.invocation().await.2, "one");
    first.command(2, "withdraw", vec![text("one")]).await.unwrap();
    bob.call(3, &address, "one", vec![]).await;
    assert_eq!(second.invocation().await.2, "one");
    bench.stop().await;
}

async fn a_session_without_a_socket_takes_only_calls_that_no_other_serves(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut first, mut second, mut bob] =
        [bench.join("ada").await, bench.join("ada").await, bench.join("bob").await];
    let address = bench.identity("ada").address();
    for (id, method) in [(1, "one"), (2, "two")] {
        first.command(id, "serve", vec![text(method)]).await.unwrap();
    }
    second.command(1, "serve", vec![text("one")]).await.unwrap();
    let remains = first.cut();
    bench.until_healthy((200, 2, 1)).await;
    for (id, method) in [(1, "two"), (2, "one")] {
        bob.call(id, &address, method, vec![]).await;
    }
    assert_eq!(second.invocation().await.2, "one");
    let mut first = bench.resume("ada", &remains).await.unwrap();
    assert_eq!(first.invocation().await.2, "two");
    bob.call(3, &address, "one", vec![]).await;
    assert_eq!(first.invocation().await.2, "one");
    bench.stop().await;
}

async fn an_answer_to_a_call_of_the_session_before_is_nobody_s(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut first, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let address = bench.identity("ada").address();
    first.command(1, "serve", vec![text("slow")]).await.unwrap();
    bob.call(1, &address, "slow", vec![]).await;
    let (_, before, ..) = first.invocation().await;
    first.socket.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
    assert_eq!(bob.failure().await.1, ErrorCode::RemoteError);

    let mut ada = bench.join("ada").await;
    ada.command(1, "serve", vec![text("slow")]).await.unwrap();
    bob.call(2, &address, "slow", vec![]).await;
    let (_, number, ..) = ada.invocation().await;
    assert_eq!(ada.command(2, "return", vec![int(before), text("1")]).await, Ok(None));
    assert_eq!(ada.command(3, "return", vec![int(number), text("2")]).await, Ok(None));
    assert_eq!(bob.reply().await, (2, Outcome::Json("2".into())));
    bench.stop().await;
}

async fn a_call_that_nobody_serves_fails_and_so_does_one_whose_server_goes(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let address = bench.identity("ada").address();
    bob.call(1, &address, "add", vec![]).await;
    assert_eq!(bob.failure().await.1, ErrorCode::Unreachable);
    ada.command(1, "serve", vec![text("add")]).await.unwrap();
    bob.call(2, &address, "subtract", vec![]).await;
    let served = "this client serves no such procedure".to_owned();
    assert_eq!(bob.failure().await, (2, ErrorCode::RemoteError, served));
    bob.call(3, &address, "add", vec![]).await;
    ada.invocation().await;
    ada.socket.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
    assert_eq!(bob.failure().await.1, ErrorCode::RemoteError);
    bench.stop().await;
}

async fn who_may_not_serve_or_call_is_refused(bus: Arc<dyn Bus>) {
    let bench = bench(bus).await;
    let [mut ada, mut pat] = [bench.join("ada").await, bench.join("pat").await];
    assert_eq!(pat.command(1, "serve", vec![text("add")]).await, Err(ErrorCode::Forbidden));
    pat.call(2, &bench.identity("ada").address(), "add", vec![]).await;
    assert_eq!(pat.failure().await.1, ErrorCode::Forbidden);
    ada.call(1, "websocket.user.x", "add", vec![]).await;
    assert_eq!(ada.failure().await.1, ErrorCode::InvalidArgument);
    for (id, method, args) in [
        (2, "nothing", vec![]),
        (3, "serve", vec![]),
        (4, "serve", vec![text("")]),
        (5, "return", vec![text("1")]),
    ] {
        assert_eq!(ada.command(id, method, args).await, Err(ErrorCode::InvalidArgument), "{method}");
    }
    bench.stop().await;
}
