//! Clients that serve procedures and go: what they had asked for is done, and their callers are not left to wait.

use std::sync::Arc;

use tera_gateway::{bus::Bus, config::Config};
use tera_protocol::{error::ErrorCode, link::messages::reply::Outcome, opentera::value::ArgValue};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::{
    bench::{Bench, received},
    client::Client,
    troubled::Troubled,
};

/// What the name of a service has at its end, to whom everything takes until the bus is open.
const SLOW: &str = "-slow";

fn text(text: &str) -> ArgValue {
    ArgValue::StringValue(text.into())
}

async fn bench(bus: &Arc<Troubled>) -> Bench {
    let bus = Arc::clone(bus) as Arc<dyn Bus>;
    Bench::start_with(bus, |config: &mut Config| config.grants.user.serve = true).await
}

async fn leave(client: &mut Client) {
    client.socket.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_waits_when_its_client_goes_is_the_answer() {
    let bus = Troubled::new(SLOW);
    let bench = bench(&bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    ada.command(1, "serve", vec![text("add")]).await.unwrap();
    bob.call(1, &bench.identity("ada").address(), "add", vec![]).await;
    let (_, number, ..) = ada.invocation().await;
    ada.call(2, &format!("{}{SLOW}", bench.service), "x", vec![]).await;
    ada.call(3, "gateway", "return", vec![ArgValue::UintValue(number), text("5")]).await;
    leave(&mut ada).await;
    bench.until_healthy((200, 1, 0)).await;
    bus.is_open.send_replace(true);
    assert_eq!(bob.reply().await, (1, Outcome::Json("5".into())));
    bench.stop().await;
}

#[tokio::test]
async fn who_goes_while_it_begins_to_serve_takes_no_calls() {
    let bus = Troubled::new(SLOW);
    let bench = bench(&bus).await;
    let [mut gone, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let mut done = bench.subscribe(&format!("{}.rpc", bench.service)).await;
    gone.call(1, &format!("{}{SLOW}", bench.service), "x", vec![]).await;
    gone.call(2, "gateway", "serve", vec![text("add")]).await;
    gone.call(3, &bench.service, "done", vec![]).await;
    leave(&mut gone).await;
    bench.until_healthy((200, 1, 0)).await;
    bus.is_open.send_replace(true);
    received(&mut done).await;

    let mut ada = bench.join("ada").await;
    ada.command(1, "serve", vec![text("add")]).await.unwrap();
    bob.call(1, &bench.identity("ada").address(), "add", vec![]).await;
    assert_eq!(ada.invocation().await.2, "add");
    bench.stop().await;
}

#[tokio::test]
async fn callers_hear_that_a_client_has_gone_though_its_last_request_hangs() {
    let bus = Troubled::new(SLOW);
    let bench = bench(&bus).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    ada.command(1, "serve", vec![text("add")]).await.unwrap();
    bob.call(1, &bench.identity("ada").address(), "add", vec![]).await;
    ada.invocation().await;
    ada.call(2, &format!("{}{SLOW}", bench.service), "x", vec![]).await;
    leave(&mut ada).await;
    let gone = "the client that serves it has gone".to_owned();
    assert_eq!(bob.failure().await, (1, ErrorCode::RemoteError, gone));
    bench.stop().await;
}
