//! What the gateway does for a client beside messages.

use std::{future::ready, time::Duration};

use futures_util::{FutureExt, StreamExt, future::select};
use gloo_timers::future::TimeoutFuture;
use tera_client::{
    Client, ErrorCode, Event, Message, Options, Subscription, TeraError,
    opentera::{UserEvent, value::ArgValue},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{address, connect, connect_as, connect_with, page::dispatch};

async fn publish(client: &Client, topic: &str, text: &str) {
    let event = UserEvent { user_fullname: text.to_owned(), ..UserEvent::default() };
    client.publish(topic, &event).await.unwrap();
}

async fn next(subscription: &mut Subscription) -> (String, String) {
    let (topic, received) = subscription.next().await.unwrap();
    match received.message {
        Message::UserEvent(event) => (topic, event.user_fullname),
        other => panic!("{other:?}"),
    }
}

/// The topics of the events that the client hears until one of this topic comes.
async fn topics_until(events: &mut tera_client::Events, last: &str) -> Vec<String> {
    let mut topics = Vec::new();
    while topics.last().is_none_or(|topic| topic != last) {
        if let Event::Message(received) = events.next().await.unwrap() {
            topics.push(received.header.unwrap().topic);
        }
    }
    topics
}

fn pair(topic: &str, text: &str) -> (String, String) {
    (topic.to_owned(), text.to_owned())
}

#[wasm_bindgen_test]
async fn a_subscription_brings_the_events_of_its_topics_with_their_topics() {
    let client = connect().await;
    let mut wide = client.subscribe("demo.rust.*").await.unwrap();
    let mut narrow = client.subscribe("demo.rust.1").await.unwrap();
    for (topic, text) in [("demo.rust.1", "a"), ("demo.rust.2", "é😀"), ("demo.rust.1", "c")] {
        publish(&client, topic, text).await;
    }
    assert_eq!(next(&mut wide).await, pair("demo.rust.1", "a"));
    assert_eq!(next(&mut wide).await, pair("demo.rust.2", "é😀"));
    assert_eq!(next(&mut wide).await, pair("demo.rust.1", "c"));
    assert_eq!(next(&mut narrow).await, pair("demo.rust.1", "a"));
    assert_eq!(next(&mut narrow).await, pair("demo.rust.1", "c"));
    assert_eq!((wide.dropped(), narrow.dropped()), (0, 0));
    let refused = client.subscribe("other.*").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    assert_eq!(client.subscribe("").await.unwrap_err().code, ErrorCode::InvalidArgument);
    let refused = client.publish("other.1", &UserEvent::default()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    client.close();
    assert!(wide.next().await.is_none());
    assert_eq!(client.subscribe("demo.rust.1").await.unwrap_err().code, ErrorCode::Closed);
}

#[wasm_bindgen_test]
async fn the_last_subscription_of_a_pattern_unsubscribes_when_it_is_dropped() {
    let client = connect().await;
    let mut marker = client.subscribe("demo.rust.marker").await.unwrap();
    let mut events = client.events();
    let first = client.subscribe("demo.rust.drop").await.unwrap();
    let mut second = client.subscribe("demo.rust.drop").await.unwrap();
    drop(first);
    publish(&client, "demo.rust.drop", "a").await;
    assert_eq!(next(&mut second).await, pair("demo.rust.drop", "a"));
    publish(&client, "demo.rust.marker", "").await;
    assert!(topics_until(&mut events, "demo.rust.marker").await.contains(&"demo.rust.drop".to_owned()));
    drop(second);
    let third = client.subscribe("demo.rust.third").await.unwrap();
    third.unsubscribe().await.unwrap();
    drop(select(client.subscribe("demo.rust.unheard").boxed_local(), ready(())).await);
    for topic in ["demo.rust.drop", "demo.rust.third", "demo.rust.unheard", "demo.rust.marker"] {
        publish(&client, topic, "b").await;
    }
    let topics = topics_until(&mut events, "demo.rust.marker").await;
    assert!(!topics.iter().any(|topic| topic.starts_with("demo.rust.") && topic != "demo.rust.marker"));
    assert_eq!(next(&mut marker).await, pair("demo.rust.marker", ""));
}

#[wasm_bindgen_test]
async fn a_variable_is_written_by_one_read_and_watched_by_others() {
    let (writer, reader) = (connect().await, connect_as(&["device"]).await);
    assert_eq!(reader.get::<(f64, String)>("demo.note").await, Ok(None));
    let mut watch = reader.watch::<(f64, String)>("demo.note").await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(None)));
    let note = (21.5, "é😀".to_owned());
    writer.set("demo.note", &note, None).await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(Some(note.clone()))));
    assert_eq!(reader.get("demo.note").await, Ok(Some(note.clone())));
    let mut late = reader.watch("demo.note").await.unwrap();
    assert_eq!(late.next().await, Some(Ok(Some(note))));
    assert_eq!(reader.get::<bool>("demo.note").await.unwrap_err().code, ErrorCode::InvalidMessage);
    assert_eq!(reader.set("demo.note", "mine", None).await.unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(reader.watch::<()>("demo.none").await.unwrap_err().code, ErrorCode::Forbidden);
    let unwritable = writer.set("demo.note", &u64::MAX, None).await.unwrap_err();
    assert_eq!(unwritable.code, ErrorCode::InvalidArgument);

    late.unwatch().await.unwrap();
    writer.set("demo.note", &true, Some(Duration::from_millis(50))).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap_err().code, ErrorCode::InvalidMessage);
    assert_eq!(watch.next().await, Some(Ok(None)));
    writer.set("demo.note", &(1.0, ""), None).await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(Some((1.0, String::new())))));
    writer.set("demo.note", &None::<bool>, None).await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(None)));
}

#[wasm_bindgen_test]
async fn a_job_is_given_until_somebody_does_it() {
    let (client, other) = (connect().await, connect().await);
    let queue = "demo.rust.jobs";
    let id = client.produce(queue, &("draw", 7)).await.unwrap();
    let mut jobs = client.consume(queue, 1).await.unwrap();
    assert_eq!(client.consume(queue, 1).await.unwrap_err().code, ErrorCode::InvalidArgument);
    let job = jobs.next().await.unwrap();
    assert_eq!((job.queue(), job.id(), job.attempt()), (queue, &*id, 1));
    assert_eq!(job.item::<bool>().unwrap_err().code, ErrorCode::InvalidMessage);
    assert_eq!(job.item(), Ok(("draw".to_owned(), 7)));
    job.nack().await.unwrap();
    let job = jobs.next().await.unwrap();
    assert_eq!((job.id(), job.attempt()), (&*id, 2));
    drop(job);
    let job = jobs.next().await.unwrap();
    assert_eq!(job.attempt(), 3);
    let mut others = other.consume(queue, 1).await.unwrap();
    jobs.stop().await.unwrap();
    assert_eq!(job.ack().await.unwrap_err().code, ErrorCode::InvalidArgument);
    let job = others.next().await.unwrap();
    assert_eq!((job.id(), job.attempt()), (&*id, 4));
    job.ack().await.unwrap();

    drop(others);
    let mut jobs = client.consume(queue, 2).await.unwrap();
    let [first, second] =
        [client.produce(queue, "a").await.unwrap(), client.produce(queue, "b").await.unwrap()];
    let (a, b) = (jobs.next().await.unwrap(), jobs.next().await.unwrap());
    assert_eq!([a.id(), b.id()], [&*first, &*second]);
    a.ack().await.unwrap();
    b.ack().await.unwrap();
    assert_eq!(client.consume(queue, 0).await.unwrap_err().code, ErrorCode::InvalidArgument);
    assert_eq!(client.produce("other", "a").await.unwrap_err().code, ErrorCode::Forbidden);
}

#[wasm_bindgen_test]
async fn a_served_procedure_is_called_with_its_arguments_and_answers() {
    let (server, caller) = (connect().await, connect_as(&["device"]).await);
    let target = address(&server);
    let refuse = |text: String| TeraError::new(ErrorCode::RemoteError, text);
    let add = server.serve("add", async |(a, b): (i64, f64)| Ok(a as f64 + b)).await.unwrap();
    let nothing = server.serve("nothing", async |(): ()| Ok("done")).await.unwrap();
    let echo = async move |(text, bytes, big): (String, Vec<u8>, u64)| {
        if text.is_empty() { Err(refuse(format!("{big} of nothing"))) } else { Ok((text, bytes)) }
    };
    let _echo = server.serve("echo", echo).await.unwrap();
    let call = async |method: &str, args: &[ArgValue]| {
        caller.call::<serde_json::Value>(&target, method, args.iter().cloned(), None).await
    };
    let two = [ArgValue::IntValue(40), ArgValue::DoubleValue(2.5)];
    assert_eq!(call("add", &two).await.unwrap(), 42.5);
    assert_eq!(call("nothing", &[]).await.unwrap(), "done");
    let echo = |text: &str| {
        [
            ArgValue::StringValue(text.into()),
            ArgValue::BytesValue(vec![0, 255]),
            ArgValue::UintValue(u64::MAX),
        ]
    };
    assert_eq!(call("echo", &echo("é😀")).await.unwrap(), serde_json::json!(["é😀", [0, 255]]));
    let failed = call("echo", &echo("")).await.unwrap_err();
    assert_eq!(failed.code, ErrorCode::RemoteError);
    assert!(failed.description.contains("18446744073709551615 of nothing"), "{failed}");
    assert_eq!(call("add", &two[..1]).await.unwrap_err().code, ErrorCode::RemoteError);

    let again = server.serve("add", async |(): ()| Ok(())).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::InvalidArgument);
    add.withdraw().await.unwrap();
    assert_eq!(call("add", &two).await.unwrap_err().code, ErrorCode::RemoteError);
    drop(nothing);
    let _nothing = server.serve("nothing", async |(): ()| Ok("again")).await.unwrap();
    assert_eq!(call("nothing", &[]).await.unwrap(), "again");
}

#[wasm_bindgen_test]
async fn whoever_subscribes_later_asks_again() {
    let client = connect().await;
    let topic = "demo.rust.later";
    let first = client.subscribe(topic).await.unwrap();
    let before = client.stats().sent;
    let mut second = client.subscribe(topic).await.unwrap();
    assert_eq!(client.stats().sent, before + 1);
    drop(first);
    publish(&client, topic, "a").await;
    assert_eq!(next(&mut second).await, pair(topic, "a"));
    second.unsubscribe().await.unwrap();
}

#[wasm_bindgen_test]
async fn all_goes_on_in_a_new_session() {
    let other = connect().await;
    // Another identity gets another session.
    let client = connect_as(&["demo", "participant"]).await;
    let mut events = client.events();
    let mut topic = client.subscribe("demo.rust.renewed").await.unwrap();
    let mut watch = client.watch::<bool>("demo.note").await.unwrap();
    assert_eq!(watch.next().await, Some(Ok(None)));
    let mut jobs = client.consume("demo.rust.renewed", 1).await.unwrap();
    let _served = client.serve("who", async |(): ()| Ok("I")).await.unwrap();
    dispatch("pagehide", true);
    dispatch("pageshow", true);
    while events.next().await != Some(Event::Resync) {}
    // What is asked after the renewal is answered after it.
    assert_eq!(client.get::<bool>("demo.note").await, Ok(None));
    assert!(address(&client).starts_with("websocket.participant."));

    publish(&other, "demo.rust.renewed", "a").await;
    assert_eq!(next(&mut topic).await, pair("demo.rust.renewed", "a"));
    assert_eq!(watch.next().await, Some(Ok(None)));
    let id = other.produce("demo.rust.renewed", "b").await.unwrap();
    let job = jobs.next().await.unwrap();
    assert_eq!(job.id(), id);
    job.ack().await.unwrap();
    assert_eq!(other.call::<String>(&address(&client), "who", [], None).await.unwrap(), "I");
}

#[wasm_bindgen_test]
async fn what_can_not_be_renewed_at_once_is_renewed_later() {
    let other = connect().await;
    let options = Options { max_in_flight: 2, ..Options::default() };
    let client = connect_with(&["demo", "participant"], options).await;
    let mut events = client.events();
    let names = ["a", "b", "c", "d"];
    let mut served = Vec::new();
    for name in names {
        served.push(client.serve(name, async move |(): ()| Ok(name)).await.unwrap());
    }
    dispatch("pagehide", true);
    dispatch("pageshow", true);
    let mut warnings = Vec::new();
    while warnings.len() < 2 {
        if let Event::Warning(error) = events.next().await.unwrap() {
            assert_eq!(error.code, ErrorCode::QueueFull);
            warnings.push(error.description.to_string());
        }
    }
    assert!(warnings.iter().all(|each| each.contains("Procedure(")), "{warnings:?}");
    let target = address(&client);
    for name in names {
        let mut tries = 0;
        while other.call::<String>(&target, name, [], None).await.as_deref() != Ok(name) {
            tries += 1;
            assert!(tries < 100, "{name} is not served");
            TimeoutFuture::new(100).await;
        }
    }
}
