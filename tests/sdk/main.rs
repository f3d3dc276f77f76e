//! The client for Rust applications, in a browser, against a real gateway with its simulated people and devices.
//!
//! `cargo xtask test --only wasm` starts the gateway and says where it is in `TERA_TEST_GATEWAY`.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::option_env_unwrap, reason = "a test fails by panicking")]

mod endings;
mod full;
mod page;
mod patterns;
mod signals;

use std::{cell::Cell, rc::Rc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::select};
use gloo_net::http::Request;
use tera_client::{
    Client, ErrorCode, Event, Message, Mode, Options, State, TeraError, Url,
    opentera::{
        JoinSessionReplyEvent, Result as Outcome, join_session_reply_event::ReplyType, result::ResultType,
        user_event::EventType, value::ArgValue,
    },
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const MODULE: &str = "module.TeraServer.UserManagerModule";

async fn login() -> Result<String, TeraError> {
    login_as("demo").await
}

async fn login_as(name: &str) -> Result<String, TeraError> {
    let gateway =
        option_env!("TERA_TEST_GATEWAY").expect("`cargo xtask test --only wasm` sets TERA_TEST_GATEWAY");
    let refused = |error: gloo_net::Error| TeraError::new(ErrorCode::ConnectFailed, error.to_string());
    let request = Request::post(&format!("{gateway}/api/login"))
        .json(&serde_json::json!({"name": name, "password": "demo"}))
        .map_err(refused)?;
    let login: serde_json::Value = request.send().await.map_err(refused)?.json().await.map_err(refused)?;
    Ok(login["websocket_url"].as_str().unwrap_or_default().to_owned())
}

async fn connect() -> Client {
    Client::connect(Url::provider(login), Options::default()).await.unwrap()
}

/// A client that logs in by the first name, and with each attempt by the next, at last again and again by the last one.
async fn connect_as(names: &'static [&'static str]) -> Client {
    connect_with(names, Options::default()).await
}

async fn connect_with(names: &'static [&'static str], options: Options) -> Client {
    let attempt = Rc::new(Cell::new(0));
    let url = Url::provider(move || login_as(names[attempt.replace(attempt.get() + 1).min(names.len() - 1)]));
    Client::connect(url, options).await.unwrap()
}

fn address(client: &Client) -> String {
    match client.state() {
        State::Connected { mode: Mode::Link { address }, .. } => address,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_client_hears_of_itself_and_of_devices() {
    let client = connect().await;
    let address = address(&client);
    assert!(address.starts_with("websocket.user."));
    let mut events = client.events();
    let (mut itself, mut device) = (false, false);
    while !(itself && device) {
        let Event::Message(received) = events.next().await.unwrap() else { panic!("not a message") };
        assert!(received.header.is_some());
        match received.message {
            Message::UserEvent(user) if address.ends_with(&user.user_uuid) => {
                itself |= user.r#type() == EventType::UserConnected;
            }
            Message::DeviceEvent(event) => device |= !event.device_name.is_empty(),
            _ => {}
        }
    }
    assert_eq!(events.dropped(), 0);
}

#[wasm_bindgen_test]
async fn a_request_brings_its_answer() {
    let client = connect().await;
    let reply = JoinSessionReplyEvent {
        session_uuid: "e1a2a2e1-a5ff-4660-930c-601f6b1181a5".into(),
        join_reply: ReplyType::ReplyDenied.into(),
        ..Default::default()
    };
    let answer = client.request(MODULE, &reply, None).await.unwrap();
    let Ok(Message::Result(Outcome { r#type, .. })) = Message::unpack(&answer.data[0]) else {
        panic!("{answer:?}")
    };
    assert_eq!(r#type, ResultType::ResultOk as i32);
}

#[wasm_bindgen_test]
async fn a_notification_says_whether_it_reached_anybody() {
    let (client, other) = (connect().await, connect_as(&["device"]).await);
    let reply = JoinSessionReplyEvent { reply_msg: "é".into(), ..Default::default() };
    let mut events = other.events();
    client.notify(&address(&other), &reply).await.unwrap();
    loop {
        let Some(Event::Message(received)) = events.next().await else { panic!("no message") };
        if let Message::TeraModuleMessage(message) = received.message {
            let expected = Message::JoinSessionReplyEvent(reply.clone());
            break assert_eq!(Message::unpack(&message.data[0]), Ok(expected));
        }
    }
    let lost = client.notify("service.Nobody", &reply).await.unwrap_err();
    assert_eq!(lost.code, ErrorCode::Unreachable);
}

#[wasm_bindgen_test]
async fn what_is_not_valid_is_not_sent_by_a_client_that_checks() {
    let client = connect().await;
    let reply = JoinSessionReplyEvent { session_uuid: "e1a2".into(), ..Default::default() };
    assert!(client.request(MODULE, &reply, None).await.is_ok());
    client.set_validation(true);
    let refused = client.request(MODULE, &reply, None).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidArgument);
    assert!(refused.description.contains("`sessionUuid` must be a UUID"), "{refused}");
    assert_eq!(client.send(MODULE, &reply).unwrap_err(), refused);
    let valid = JoinSessionReplyEvent {
        session_uuid: "e1a2a2e1-a5ff-4660-930c-601f6b1181a5".into(),
        ..Default::default()
    };
    assert!(client.request(MODULE, &valid, None).await.is_ok());
    let mut events = client.events();
    assert!(matches!(events.next().await, Some(Event::Message(_))));
}

#[wasm_bindgen_test]
async fn a_call_takes_every_kind_of_argument_and_reads_the_reply() {
    let client = connect().await;
    let sum: i64 = client
        .call("service.DemoService", "add", [ArgValue::IntValue(2), ArgValue::IntValue(-44)], None)
        .await
        .unwrap();
    assert_eq!(sum, -42);
    let arguments =
        [ArgValue::BoolValue(true), ArgValue::DoubleValue(1.5), ArgValue::StringValue("é😀".into())];
    let echoed: (bool, f64, String) =
        client.call("service.DemoService", "echo", arguments, None).await.unwrap();
    assert_eq!(echoed, (true, 1.5, "é😀".to_owned()));
    let wrong: Result<Vec<u8>, _> =
        client.call("service.DemoService", "add", [ArgValue::IntValue(2), ArgValue::IntValue(2)], None).await;
    assert_eq!(wrong.unwrap_err().code, ErrorCode::InvalidMessage);
}

#[wasm_bindgen_test]
async fn every_way_to_fail_has_its_code() {
    let client = connect().await;
    let timeout = Some(Duration::from_millis(200));
    let call = |target: &'static str, method: &'static str, args: Vec<ArgValue>| {
        let client = client.clone();
        async move { client.call::<()>(target, method, args, timeout).await.unwrap_err().code }
    };
    let fail = call("service.DemoService", "fail", vec![ArgValue::StringValue("no".into())]);
    assert_eq!(fail.await, ErrorCode::RemoteError);
    assert_eq!(
        call("service.DemoService", "sleep", vec![ArgValue::IntValue(60_000)]).await,
        ErrorCode::Timeout
    );
    assert_eq!(call("nobody", "add", vec![]).await, ErrorCode::InvalidArgument);
    client.close();
    assert_eq!(call("service.DemoService", "add", vec![]).await, ErrorCode::Closed);

    let refused = Client::connect("ws://127.0.0.1:9/", Options::default()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ConnectFailed);
    let misuse = Client::connect("mailto:someone", Options::default()).await.unwrap_err();
    assert_eq!(misuse.code, ErrorCode::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_dropped_request_is_cancelled_and_leaves_room() {
    let options = Options { max_in_flight: 1, ..Options::default() };
    let client = Client::connect(Url::provider(login), options).await.unwrap();
    let sleep = client.call::<()>("service.DemoService", "sleep", [ArgValue::IntValue(60_000)], None);
    drop(select(sleep.boxed_local(), std::future::ready(())).await);
    let sum: i64 = client
        .call("service.DemoService", "add", [ArgValue::IntValue(1), ArgValue::IntValue(1)], None)
        .await
        .unwrap();
    assert_eq!(sum, 2);
}

#[wasm_bindgen_test]
async fn closing_ends_the_streams() {
    let client = connect().await;
    let events = client.events();
    client.close();
    client.close();
    events.collect::<Vec<_>>().await;
    assert!(matches!(client.state(), State::Closed(error) if error.code == ErrorCode::Closed));
    assert_eq!(client.events().next().await, None);
}
