//! Messages that no answer is asked for, but whether they reached anybody.

use std::sync::Arc;

use prost::Message as _;
use tera_gateway::bus::Bus;
use tera_protocol::{
    any::pack,
    error::ErrorCode,
    opentera::{ServerCommand, TeraModuleMessage, UserEvent, value::ArgValue},
};

use crate::{
    bench::{Bench, module_message},
    client::message,
    on_every_bus,
    troubled::Troubled,
};

on_every_bus! {
    a_notification_is_acknowledged_when_it_reached_everybody_it_is_for
    a_notification_that_reaches_nobody_or_may_not_be_sent_says_so
}

fn args(dest: &str, message: &TeraModuleMessage) -> Vec<ArgValue> {
    vec![ArgValue::StringValue(dest.into()), ArgValue::BytesValue(message.encode_to_vec())]
}

async fn a_notification_is_acknowledged_when_it_reached_everybody_it_is_for(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let mut service = bench.subscribe(&format!("{}.messages", bench.service)).await;
    let [mut ada, mut bob, mut again, mut dee] =
        [bench.join("ada").await, bench.join("bob").await, bench.join("bob").await, bench.join("dee").await];
    let own = bench.identity("ada").address();
    // What it says of its sender and its destination is not believed.
    let mut lying = message("service.Somebody");
    lying.data = vec![pack(&UserEvent::default())];
    assert_eq!(ada.command(1, "notify", args(&bench.service, &lying)).await, Ok(None));
    let told = module_message(&mut service).await;
    let head = told.head.unwrap();
    assert_eq!(
        (head.source.clone(), head.dest, head.seq),
        (own.clone(), format!("{}.messages", bench.service), 0)
    );
    assert_eq!(told.data, lying.data);

    let [bobs, dees] = ["bob", "dee"].map(|login| bench.identity(login).address());
    assert_eq!(ada.command(2, "notify", args(&format!("{bobs}, {dees}"), &lying)).await, Ok(None));
    for client in [&mut bob, &mut again, &mut dee] {
        let head = client.message().await.head.unwrap();
        assert_eq!((head.source, head.seq), (own.clone(), 0));
    }
    bench.stop().await;
}

async fn a_notification_that_reaches_nobody_or_may_not_be_sent_says_so(bus: Arc<dyn Bus>) {
    let bench = Bench::start(bus).await;
    let [mut ada, mut pat] = [bench.join("ada").await, bench.join("pat").await];
    let [bobs, pats] = ["bob", "pat"].map(|login| bench.identity(login).address());
    let command = TeraModuleMessage { data: vec![pack(&ServerCommand::default())], ..Default::default() };
    let plain = TeraModuleMessage::default();
    for (id, dest, message, code) in [
        (1, &*bench.service, &plain, ErrorCode::Unreachable),
        (2, &*bobs, &plain, ErrorCode::Unreachable),
        (3, "service.Other", &plain, ErrorCode::Forbidden),
        (4, &*pats, &plain, ErrorCode::Forbidden),
        (5, &*bobs, &command, ErrorCode::Forbidden),
        (6, "nonsense", &plain, ErrorCode::InvalidArgument),
    ] {
        assert_eq!(ada.command(id, "notify", args(dest, message)).await, Err(code), "{dest}");
    }
    assert_eq!(pat.command(1, "notify", args(&bobs, &plain)).await, Err(ErrorCode::Forbidden));
    let no_message = vec![ArgValue::StringValue(bench.service.clone()), ArgValue::BytesValue(vec![0xff])];
    assert_eq!(ada.command(7, "notify", no_message).await, Err(ErrorCode::InvalidMessage));
    assert_eq!(ada.command(8, "notify", vec![]).await, Err(ErrorCode::InvalidArgument));
    bench.stop().await;
}

#[tokio::test]
async fn a_notification_of_which_some_may_have_heard_when_the_bus_is_lost_is_uncertain() {
    let bus = Troubled::new("no topic");
    let bench = Bench::start(Arc::clone(&bus) as Arc<dyn Bus>).await;
    let [mut ada, mut bob] = [bench.join("ada").await, bench.join("bob").await];
    let [bobs, dees] = ["bob", "dee"].map(|login| bench.identity(login).address());
    bus.failing.send_replace(Some(dees.clone()));
    let plain = TeraModuleMessage::default();
    let both = args(&format!("{bobs}, {dees}"), &plain);
    assert_eq!(ada.command(1, "notify", both).await, Err(ErrorCode::Uncertain));
    bob.message().await;
    assert_eq!(ada.command(2, "notify", args(&dees, &plain)).await, Err(ErrorCode::Unavailable));
    bench.stop().await;
}
