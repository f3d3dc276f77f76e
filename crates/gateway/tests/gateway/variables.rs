//! Variables through the gateway.

use std::{sync::Arc, time::Duration};

use tera_gateway::{
    bus::{Bus, Redis},
    config::{Config, Variable},
};
use tera_protocol::{error::ErrorCode, opentera::value::ArgValue, topic::Kind};

use crate::{
    bench::{Bench, event},
    bus_loss::Way,
    client::{Client, Got},
    on_every_bus, support,
};

on_every_bus! {
    what_one_client_sets_others_get_and_watch
    a_variable_has_one_writer_until_that_clears_it_or_it_expires
    what_a_service_wrote_is_read_as_it_is
    a_client_that_was_away_is_told_the_newest_value
    a_change_that_falls_out_of_what_is_kept_for_a_client_is_told_again
    what_is_not_declared_for_an_identity_is_forbidden_and_what_is_wrong_refused
}

fn text(text: &str) -> ArgValue {
    ArgValue::StringValue(text.into())
}

/// A variable of this test's own, which users write and devices read.
async fn start(bus: Arc<dyn Bus>, change: impl FnOnce(&mut Config)) -> (Bench, String) {
    let name = format!("room.temperature-{:032x}", rand::random::<u128>());
    let bench = Bench::start_with(bus, |config| {
        let documentation = "In degrees Celsius".into();
        let variable = Variable { documentation, readers: vec![Kind::Device], writers: vec![Kind::User] };
        config.variables.insert(name.clone(), variable);
        change(config);
    })
    .await;
    (bench, name)
}

async fn set(client: &mut Client, name: &str, json: &str) -> Result<Option<String>, ErrorCode> {
    client.command(90, "set", vec![text(name), text(json), ArgValue::IntValue(0)]).await
}

async fn get(client: &mut Client, name: &str) -> String {
    client.command(91, "get", vec![text(name)]).await.unwrap().unwrap()
}

async fn watch(client: &mut Client, name: &str) {
    assert_eq!(client.command(92, "watch", vec![text(name)]).await, Ok(None));
}

/// The next change: the variable and its value.
async fn change(client: &mut Client) -> (String, Option<String>) {
    let got = client.next().await;
    let Got::Invocation(rpc) = got else { panic!("instead of a change: {got:?}") };
    assert_eq!((&*rpc.reply_to, &*rpc.method), ("variable", ""));
    let mut args = rpc.args.into_iter().map(|arg| match arg.arg_value {
        Some(ArgValue::StringValue(text)) => text,
        other => panic!("no text: {other:?}"),
    });
    let name = args.next().unwrap();
    assert_eq!(client.topic, format!("variable.{name}"));
    (name, args.next())
}

async fn what_one_client_sets_others_get_and_watch(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |_| {}).await;
    let [mut ada, mut dee] = [bench.join("ada").await, bench.join("dee").await];
    assert_eq!(get(&mut dee, &name).await, "null");
    watch(&mut dee, &name).await;
    assert_eq!(change(&mut dee).await, (name.clone(), None));
    for json in [" {\"t\": 1.50} ", "2"] {
        assert_eq!(set(&mut ada, &name, json).await, Ok(None));
        assert_eq!(change(&mut dee).await, (name.clone(), Some(json.trim().into())));
    }
    assert_eq!([get(&mut ada, &name).await, get(&mut dee, &name).await], ["2", "2"]);
    assert_eq!(set(&mut ada, &name, "null").await, Ok(None));
    assert_eq!(change(&mut dee).await, (name.clone(), None));
    assert_eq!(dee.command(1, "unwatch", vec![text(&name)]).await, Ok(None));
    assert_eq!(set(&mut ada, &name, "3").await, Ok(None));
    assert_eq!(get(&mut dee, &name).await, "3", "and nothing came before that");
}

async fn a_variable_has_one_writer_until_that_clears_it_or_it_expires(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |_| {}).await;
    let [mut ada, mut again, mut bob] =
        [bench.join("ada").await, bench.join("ada").await, bench.join("bob").await];
    assert_eq!(set(&mut ada, &name, "1").await, Ok(None));
    assert_eq!(set(&mut again, &name, "2").await, Ok(None), "the same identity");
    for json in ["3", "null"] {
        assert_eq!(set(&mut bob, &name, json).await, Err(ErrorCode::Forbidden));
    }
    assert_eq!(get(&mut bob, &name).await, "2");
    assert_eq!(set(&mut ada, &name, "null").await, Ok(None));
    let expiring = vec![text(&name), text("4"), ArgValue::IntValue(100)];
    assert_eq!(bob.command(1, "set", expiring).await, Ok(None));
    watch(&mut bob, &name).await;
    while change(&mut bob).await.1.is_some() {}
    assert_eq!(set(&mut ada, &name, "5").await, Ok(None));
}

async fn what_a_service_wrote_is_read_as_it_is(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |_| {}).await;
    let mut dee = bench.join("dee").await;
    let write = async |value: &'static [u8]| {
        assert_eq!(bench.bus.variables().set(&name, Some(value.into()), None, "service").await, Ok(true));
    };
    write(b"warm").await;
    assert_eq!(get(&mut dee, &name).await, "\"warm\"");
    watch(&mut dee, &name).await;
    assert_eq!(change(&mut dee).await.1.as_deref(), Some("warm"));
    write(b"[21.50]").await;
    assert_eq!(change(&mut dee).await.1.as_deref(), Some("[21.50]"));
    assert_eq!(get(&mut dee, &name).await, "[21.50]");
}

async fn a_client_that_was_away_is_told_the_newest_value(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |_| {}).await;
    let [mut ada, mut dee] = [bench.join("ada").await, bench.join("dee").await];
    watch(&mut dee, &name).await;
    assert_eq!(change(&mut dee).await.1, None);
    assert_eq!(get(&mut dee, &name).await, "null");
    let remains = dee.cut();
    bench.until_healthy((200, 1, 1)).await;
    for json in ["1", "2", "3"] {
        assert_eq!(set(&mut ada, &name, json).await, Ok(None));
    }
    let mut dee = bench.resume("dee", &remains).await.unwrap();
    while change(&mut dee).await.1.as_deref() != Some("3") {}
}

async fn a_change_that_falls_out_of_what_is_kept_for_a_client_is_told_again(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |config| config.limits.replay_messages = 4).await;
    let [mut ada, mut dee] = [bench.join("ada").await, bench.join("dee").await];
    watch(&mut dee, &name).await;
    assert_eq!(change(&mut dee).await.1, None);
    assert_eq!(get(&mut dee, &name).await, "null");
    let remains = dee.remains();
    assert_eq!(set(&mut ada, &name, "1").await, Ok(None));
    // It was sent, but the connection was lost on its way.
    dee.withhold().await;
    drop(dee);
    bench.until_healthy((200, 1, 1)).await;
    for number in 1..=5 {
        bench.publish(&format!("{}.events", bench.service), &event(&number.to_string())).await;
    }
    for _ in 1..=5 {
        ada.event().await;
    }
    let mut dee = bench.connect("dee").await;
    assert!(dee.resume(&remains).await);
    dee.gap().await;
    for _ in 0..4 {
        dee.event().await;
    }
    assert_eq!(change(&mut dee).await, (name, Some("1".into())));
}

async fn what_is_not_declared_for_an_identity_is_forbidden_and_what_is_wrong_refused(bus: Arc<dyn Bus>) {
    let (bench, name) = start(bus, |_| {}).await;
    let [mut ada, mut dee, mut pat] =
        [bench.join("ada").await, bench.join("dee").await, bench.join("pat").await];
    assert_eq!(set(&mut dee, &name, "1").await, Err(ErrorCode::Forbidden));
    for (id, method) in [(1, "get"), (2, "watch")] {
        assert_eq!(pat.command(id, method, vec![text(&name)]).await, Err(ErrorCode::Forbidden));
        assert_eq!(ada.command(id, method, vec![text("other")]).await, Err(ErrorCode::Forbidden));
    }
    assert_eq!(set(&mut ada, "other", "1").await, Err(ErrorCode::Forbidden));
    let name = || text(&name);
    let year = ArgValue::IntValue(366 * 24 * 3600 * 1000 + 1);
    for (id, method, args) in [
        (3, "get", vec![]),
        (4, "set", vec![name()]),
        (5, "set", vec![name(), text("warm"), ArgValue::IntValue(0)]),
        (6, "set", vec![name(), text("1"), ArgValue::IntValue(-1)]),
        (7, "set", vec![name(), text("1"), year]),
        (8, "unwatch", vec![text("")]),
    ] {
        assert_eq!(ada.command(id, method, args).await, Err(ErrorCode::InvalidArgument), "{method}");
    }
}

#[tokio::test]
async fn without_a_bus_queues_and_variables_are_unavailable_and_come_back_with_it() {
    let way = Way::open().await;
    let bus = Arc::new(Redis::connect(&way.url).await.unwrap());
    let queue = format!("jobs-{:032x}", rand::random::<u128>());
    let (bench, name) = start(bus, |config| {
        config.grants.user.produce = vec![queue.parse().unwrap()];
        config.grants.user.consume = vec![queue.parse().unwrap()];
    })
    .await;
    let mut ada = bench.join("ada").await;
    watch(&mut ada, &name).await;
    assert_eq!(change(&mut ada).await.1, None);
    assert_eq!(get(&mut ada, &name).await, "null");
    let consume = vec![text(&queue), ArgValue::IntValue(1)];
    assert_eq!(ada.command(1, "consume", consume).await, Ok(None));

    way.is_open.send_replace(false);
    bench.until_healthy((503, 1, 0)).await;
    let produce = || vec![text(&queue), text("1")];
    assert_eq!(ada.command(2, "produce", produce()).await, Err(ErrorCode::Unavailable));
    assert_eq!(ada.command(3, "get", vec![text(&name)]).await, Err(ErrorCode::Unavailable));
    assert_eq!(set(&mut ada, &name, "1").await, Err(ErrorCode::Unavailable));
    let others = support::redis().await;
    assert_eq!(others.variables().set(&name, Some("2".into()), None, "service").await, Ok(true));
    assert!(others.queues().produce(&queue, "3".into(), 10).await.unwrap().is_some());
    way.is_open.send_replace(true);

    let mut came = Vec::new();
    while came.len() < 2 {
        match tokio::time::timeout(Duration::from_secs(20), ada.next()).await.unwrap() {
            Got::Invocation(rpc) => came.push(rpc.reply_to),
            Got::Gap(_) => {}
            other => panic!("instead of a job and a change: {other:?}"),
        }
    }
    came.sort();
    assert_eq!(came, ["job", "variable"]);
}
