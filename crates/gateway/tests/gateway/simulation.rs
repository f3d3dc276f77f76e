//! The demo: what its page relies on.

use std::sync::Arc;

use tera_gateway::{bus::Bus, simulation};
use tera_protocol::{
    Message,
    any::pack,
    link::messages::{Request, reply::Outcome, request::Operation},
    opentera::{
        JoinSessionEvent, JoinSessionReplyEvent, TeraModuleMessage, join_session_reply_event::ReplyType,
        result::ResultType, user_event::EventType, value::ArgValue,
    },
};

use crate::{
    bench::Bench,
    client::{Client, Got, message},
    support,
};

const SERVICE: &str = "service.DemoService";

async fn demo() -> (Bench, Client) {
    let bus: Arc<dyn Bus> = support::embedded().await;
    simulation::start(Arc::clone(&bus)).await.unwrap();
    let bench = Bench::start_configured(bus, simulation::config(), SERVICE.into()).await;
    let (status, login) = bench.login("demo", "demo").await;
    assert_eq!(status, 200);
    let mut client = Client::connect(login["websocket_url"].as_str().unwrap()).await.unwrap();
    client.welcome().await;
    (bench, client)
}

/// The next frame that `wanted` finds something in; events of the simulation come in between.
async fn until<T>(client: &mut Client, mut wanted: impl FnMut(Got) -> Option<T>) -> T {
    loop {
        if let Some(found) = wanted(client.next().await) {
            return found;
        }
    }
}

async fn reply(client: &mut Client) -> Outcome {
    until(client, |got| if let Got::Reply(reply) = got { reply.outcome } else { None }).await
}

/// The next event that `wanted` finds something in.
async fn event<T>(client: &mut Client, wanted: impl Fn(Message) -> Option<T>) -> T {
    until(client, |got| {
        let Got::Event(event) = got else { return None };
        event.events.iter().find_map(|any| wanted(Message::unpack(any).unwrap()))
    })
    .await
}

#[tokio::test]
async fn devices_report_their_status_as_json() {
    let (_bench, mut client) = demo().await;
    let status = |message| match message {
        Message::DeviceEvent(device) if !device.device_status.is_empty() => Some(device.device_status),
        _ => None,
    };
    let status: serde_json::Value = serde_json::from_str(&event(&mut client, status).await).unwrap();
    assert!(status["battery"].is_number() && status["charging"].is_boolean() && status["signal"].is_number());
}

#[tokio::test]
async fn the_demo_service_answers_calls() {
    let (_bench, mut client) = demo().await;
    let text = |text: &str| ArgValue::StringValue(text.into());
    for (method, args, expected) in [
        ("add", vec![ArgValue::IntValue(2), ArgValue::DoubleValue(0.5)], "2.5"),
        (
            "echo",
            vec![ArgValue::BoolValue(true), ArgValue::BytesValue(vec![255]), text("é")],
            r#"[true,"/w==","é"]"#,
        ),
        ("sleep", vec![ArgValue::IntValue(1)], "1.0"),
    ] {
        client.call(1, SERVICE, method, args).await;
        assert_eq!(reply(&mut client).await, Outcome::Json(expected.into()));
    }
    for target in [SERVICE, "module.TeraServer.UserManagerModule"] {
        client.call(1, target, "online_users", vec![]).await;
        assert!(matches!(reply(&mut client).await, Outcome::Json(users) if users.starts_with('[')));
        client.call(1, target, "status_devices", vec![]).await;
        assert!(matches!(reply(&mut client).await, Outcome::Json(devices) if devices.contains("battery")));
    }
    client.call(1, SERVICE, "fail", vec![text("as asked")]).await;
    assert!(matches!(reply(&mut client).await, Outcome::Error(error) if error.description == "as asked"));
}

#[tokio::test]
async fn an_invitation_can_be_accepted() {
    let (bench, mut client) = demo().await;
    let user_uuid = bench.identity("demo").uuid.to_string();
    let invitation: JoinSessionEvent =
        event(
            &mut client,
            |message| if let Message::JoinSessionEvent(join) = message { Some(join) } else { None },
        )
        .await;
    assert_eq!(invitation.session_users, [&*user_uuid]);
    let accepted = JoinSessionReplyEvent {
        session_uuid: invitation.session_uuid,
        user_uuid: user_uuid.clone(),
        join_reply: ReplyType::ReplyAccepted.into(),
        ..Default::default()
    };
    let answer = TeraModuleMessage { data: vec![pack(&accepted)], ..message("service.VideoRehabService") };
    client.send(&Request { id: 1, timeout_ms: 0, operation: Some(Operation::Message(answer)) }).await;
    let Outcome::Message(confirmation) = reply(&mut client).await else { panic!("not confirmed") };
    assert_eq!(confirmation.head.unwrap().seq, 42);
    let Message::Result(result) = Message::unpack(&confirmation.data[0]).unwrap() else {
        panic!("not a Result")
    };
    assert_eq!(result.r#type(), ResultType::ResultOk);
    let joined = |message| match message {
        Message::UserEvent(user) if user.r#type() == EventType::UserJoinedSession => Some(user.user_uuid),
        _ => None,
    };
    assert_eq!(event(&mut client, joined).await, user_uuid);
}
