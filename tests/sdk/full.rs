//! What can't be told the gateway at once, because the connection is lost or as many requests wait as may.

use std::{cell::Cell, rc::Rc, time::Duration};

use futures_channel::oneshot;
use futures_util::{FutureExt, StreamExt, future::join};
use gloo_timers::future::TimeoutFuture;
use serde::Serialize;
use tera_client::{
    Client, ErrorCode, Event, Options, State,
    opentera::value::ArgValue,
    signals::{Named, Unanswered},
};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{address, connect, connect_as, connect_with, page::dispatch};

/// A client with one request under way, which ends after a while.
async fn busy() -> (Client, impl Future<Output = ()>) {
    let client = connect_with(&["demo"], Options { max_in_flight: 1, ..Options::default() }).await;
    let other = client.clone();
    let sleep = async move {
        let nothing =
            other.call::<serde_json::Value>("service.DemoService", "sleep", [ArgValue::IntValue(300)], None);
        nothing.await.map(drop).unwrap();
    };
    (client, sleep)
}

#[wasm_bindgen_test]
async fn a_consumer_that_is_dropped_offline_or_among_too_many_requests_holds_no_jobs() {
    let other = connect().await;
    let options = Options { request_timeout: Duration::from_millis(300), ..Options::default() };
    let client = connect_with(&["demo"], options).await;
    let mut warnings = client.events();
    let jobs = client.consume("demo.rust.offline", 1).await.unwrap();
    dispatch("pagehide", true);
    drop(jobs);
    while !matches!(warnings.next().await, Some(Event::Warning(error)) if error.code == ErrorCode::Timeout) {}
    dispatch("pageshow", true);
    takes_all(&other, "demo.rust.offline").await;

    let (client, sleep) = busy().await;
    let jobs = client.consume("demo.rust.busy", 1).await.unwrap();
    join(sleep, async { drop(jobs) }).await;
    takes_all(&other, "demo.rust.busy").await;
}

#[wasm_bindgen_test]
async fn what_begins_again_is_ended_first_if_the_gateway_has_not_heard_that_it_had_ended() {
    let other = connect().await;
    let options = Options { request_timeout: Duration::from_millis(300), ..Options::default() };
    let client = connect_with(&["demo"], options).await;
    let mut events = client.events();
    let queue = "demo.rust.unended";
    let id = other.produce(queue, "x").await.unwrap();
    let mut jobs = client.consume(queue, 1).await.unwrap();
    let given = jobs.next().await.unwrap();
    let mut watch = client.watch::<bool>("demo.note").await.unwrap();
    let note = watch.next().await.unwrap();
    dispatch("pagehide", true);
    drop((jobs, watch));
    for _ in 0..2 {
        while !matches!(events.next().await, Some(Event::Warning(error)) if error.code == ErrorCode::Timeout)
        {
        }
    }
    dispatch("pageshow", true);
    // Both before it would be tried again, when nobody wants it.
    let (again, watch) = join(client.consume(queue, 1), client.watch::<bool>("demo.note")).await;
    assert_eq!(watch.unwrap().next().await, Some(note));
    let mut jobs = again.unwrap();
    let job = jobs.next().await.unwrap();
    assert_eq!((job.id(), job.attempt()), (&*id, 2));
    job.ack().await.unwrap();
    drop(given);
    assert_eq!(jobs.next().now_or_never().map(drop), None);
}

/// Nobody else consumes the queue.
async fn takes_all(other: &Client, queue: &str) {
    let mut jobs = other.consume(queue, 1).await.unwrap();
    for _ in 0..4 {
        let id = other.produce(queue, "x").await.unwrap();
        let job = jobs.next().await.unwrap();
        assert_eq!(job.id(), id);
        job.ack().await.unwrap();
    }
    jobs.stop().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_job_that_can_not_be_ended_at_once_is_ended_by_another_try_or_given_back() {
    let other = connect().await;
    let (client, sleep) = busy().await;
    let queue = "demo.rust.full";
    for item in ["a", "b"] {
        other.produce(queue, item).await.unwrap();
    }
    let mut jobs = client.consume(queue, 1).await.unwrap();
    let job = jobs.next().await.unwrap();
    let ((), refused) = join(sleep, job.ack()).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::QueueFull);
    job.ack().await.unwrap();
    drop(job);

    let job = jobs.next().await.unwrap();
    assert_eq!((job.item::<String>().as_deref(), job.attempt()), (Ok("b"), 1));
    jobs.stop().await.unwrap();
    drop(job);

    let (client, sleep) = busy().await;
    let mut jobs = client.consume(queue, 1).await.unwrap();
    let job = jobs.next().await.unwrap();
    let attempt = job.attempt();
    join(sleep, async { drop(job) }).await;
    let job = jobs.next().await.unwrap();
    assert_eq!((job.item::<String>().as_deref(), job.attempt()), (Ok("b"), attempt + 1));
    job.ack().await.unwrap();
}

#[wasm_bindgen_test]
async fn consuming_again_at_once_gives_no_job_twice() {
    let (client, other) = (connect().await, connect().await);
    let queue = "demo.rust.again";
    let mut ids = Vec::new();
    for _ in 0..20 {
        let mut first = client.consume(queue, 1).await.unwrap();
        let (one, two) = join(other.produce(queue, "x"), other.produce(queue, "y")).await;
        let job = first.next().await.unwrap();
        ids.push(job.id().to_owned());
        let again = async {
            drop(first);
            client.consume(queue, 1).await.unwrap()
        };
        let (acked, mut second) = join(job.ack(), again).await;
        acked.unwrap();
        let job = second.next().await.unwrap();
        ids.push(job.id().to_owned());
        job.ack().await.unwrap();
        second.stop().await.unwrap();
        let mut given = ids.split_off(ids.len() - 2);
        let mut produced = vec![one.unwrap(), two.unwrap()];
        given.sort();
        produced.sort();
        assert_eq!(given, produced);
    }
}

#[wasm_bindgen_test]
async fn the_answer_to_a_call_of_the_session_before_goes_to_nobody() {
    let server = connect_as(&["demo", "participant"]).await;
    let caller = connect().await;
    let mut events = server.events();
    let (finish, finished) = oneshot::channel::<()>();
    let finished = finished.shared();
    let is_asked = Rc::new(Cell::new(false));
    let asked = Rc::clone(&is_asked);
    let slow = async move |(number,): (i64,)| {
        asked.set(true);
        if number == 1 {
            _ = finished.clone().await;
        }
        Ok(number)
    };
    let _served = server.serve("slow", slow).await.unwrap();
    let (first, other) = (address(&server), caller.clone());
    spawn_local(async move {
        _ = other.call::<i64>(&first, "slow", [ArgValue::IntValue(1)], None).await;
    });
    while !is_asked.get() {
        TimeoutFuture::new(10).await;
    }
    dispatch("pagehide", true);
    dispatch("pageshow", true);
    while events.next().await != Some(Event::Resync) {}
    // What is asked after the renewal is answered after it.
    server.get::<bool>("demo.note").await.unwrap();
    finish.send(()).unwrap();
    server.get::<bool>("demo.note").await.unwrap();
    let target = address(&server);
    assert_eq!(caller.call::<i64>(&target, "slow", [ArgValue::IntValue(2)], None).await, Ok(2));
    while let Some(Some(event)) = events.next().now_or_never() {
        assert!(!matches!(event, Event::Warning(_)), "{event:?}");
    }
}

#[wasm_bindgen_test]
async fn a_result_that_is_too_large_is_an_error_at_once() {
    let (server, caller) = (connect().await, connect_as(&["device"]).await);
    let _big = server.serve("big", async |(): ()| Ok("x".repeat(4_000_000))).await.unwrap();
    let failed = caller.call::<String>(&address(&server), "big", [], None).await.unwrap_err();
    assert_eq!(failed.code, ErrorCode::RemoteError);
    assert!(failed.description.contains("large"), "{failed}");
}

#[derive(Serialize)]
struct Anyone {}

impl Named for Anyone {
    const NAME: &'static str = "Anyone";
}

#[wasm_bindgen_test]
async fn a_question_waits_as_long_as_it_says_while_there_is_no_connection() {
    let options = Options { request_timeout: Duration::from_millis(300), ..Options::default() };
    let client = connect_with(&["demo"], options).await;
    let signals = client.signals();
    let nobody = async |timeout| match signals.ask::<_, Option<bool>>("Nobody", &Anyone {}, timeout).await {
        Err(Unanswered::Failed(error)) => error.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(nobody(None).await, ErrorCode::Unreachable);
    dispatch("pagehide", true);
    let asked = nobody(Some(Duration::from_secs(20)));
    let later = async {
        TimeoutFuture::new(600).await;
        dispatch("pageshow", true);
    };
    assert_eq!(join(asked, later).await.0, ErrorCode::Unreachable);
    assert!(matches!(client.state(), State::Connected { .. }));
}
