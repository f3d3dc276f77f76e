//! A generated client and a generated server, on each bus.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[expect(unreachable_pub, reason = "generated")]
mod contract;
mod flow;
mod named;
#[expect(unreachable_pub, reason = "generated")]
mod names;
mod outages;
mod slow;
mod trial;
mod troubled;

use std::{env, sync::Arc, time::Duration};

use contract::trial::v1::{Counting, Number, Text, TrialClient, serve_trial};
use tera_service::{Bus, CallError, Client, Embedded, ErrorCode, Failure, Redis, Server};
use trial::Trial;

/// Longest that a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Each name is a test on each bus.
macro_rules! on_every_bus {
    ($($name:ident)*) => {
        mod on_the_embedded_bus {
            $(#[tokio::test] async fn $name() { super::within_time(super::$name(super::embedded().await)).await })*
        }
        mod on_redis {
            $(#[tokio::test] async fn $name() { super::within_time(super::$name(super::redis().await)).await })*
        }
    };
}

on_every_bus! {
    a_method_answers_its_caller
    a_failure_arrives_as_the_service_said_it
    a_method_that_panics_fails_and_the_service_goes_on
    a_method_that_the_service_does_not_have_is_named
    a_request_that_is_none_of_the_methods_is_refused
    a_key_that_nobody_serves_is_unreachable
    a_key_that_no_service_can_have_is_refused
    a_method_that_takes_too_long_is_a_timeout
    more_calls_than_one_caller_may_have_are_refused
    a_message_of_opentera_can_be_a_response
    a_stream_gives_every_item_in_order_and_ends_once
    a_stream_that_fails_gives_its_items_first
    a_stream_that_is_dropped_ends_its_method
    a_stream_without_a_listener_ends_its_method
    a_stream_of_an_unknown_method_never_begins
    a_server_that_is_dropped_is_unreachable
}

async fn within_time(test: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, test).await.expect("the test waits for something that doesn't come");
}

async fn embedded() -> Arc<dyn Bus> {
    Arc::new(Embedded::default())
}

async fn redis() -> Arc<dyn Bus> {
    let url = env::var("TERA_TEST_REDIS_URL").expect(
        "TERA_TEST_REDIS_URL must name a Redis server; `cargo xtask test --only rust` starts one and sets it",
    );
    Arc::new(Redis::connect(&url).await.unwrap())
}

/// A service of its own, and a client of it.
struct Setting {
    server: Server,
    client: Client,
    trial: TrialClient,
    key: String,
}

async fn setting(bus: &Arc<dyn Bus>) -> Setting {
    let key = format!("trial-{:032x}", rand::random::<u128>());
    let server = serve_trial(bus, &key, Trial::default()).await.unwrap();
    let client = Client::connect(bus).await.unwrap();
    let trial = TrialClient::new(&client, key.clone());
    Setting { server, client, trial, key }
}

fn text(text: &str) -> Text {
    Text { text: text.into() }
}

/// The code of an error, of the service or of the way there.
fn code(error: CallError) -> String {
    match error {
        CallError::Failed(failure) => failure.code,
        CallError::Unanswered(error) => error.code.as_str_name().to_owned(),
        other => panic!("{other:?}"),
    }
}

async fn a_method_answers_its_caller(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    assert_eq!(trial.echo(&text("é")).await, Ok(text("é")));
    let caller = trial.whoami(&()).await.unwrap().text;
    assert!(caller.starts_with("service.") && caller.ends_with(".messages"), "{caller}");
}

async fn a_failure_arrives_as_the_service_said_it(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let failure = Failure::new("no_luck", "not today").with_help("Come back tomorrow.");
    assert_eq!(trial.fail(&text("not today")).await, Err(CallError::Failed(failure)));
}

async fn a_method_that_panics_fails_and_the_service_goes_on(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    assert_eq!(code(trial.panic(&()).await.unwrap_err()), "internal");
    assert_eq!(trial.echo(&text("still there")).await, Ok(text("still there")));
}

async fn a_method_that_the_service_does_not_have_is_named(bus: Arc<dyn Bus>) {
    let Setting { server: _server, client, key, .. } = setting(&bus).await;
    let answer: Result<Text, _> = client.call(&key, "trial.v1.Trial/Sing", &text("")).await;
    let Err(CallError::Failed(failure)) = answer else { panic!("{answer:?}") };
    assert_eq!(failure.code, "unknown_method");
    assert!(failure.description.contains("trial.v1.Trial/Sing"), "{failure}");
}

/// Says that it is a `Text`, and is none.
#[derive(Clone, PartialEq, prost::Message)]
struct NoText {
    #[prost(uint64, tag = "1")]
    number: u64,
}

impl prost::Name for NoText {
    const PACKAGE: &'static str = "trial.v1";
    const NAME: &'static str = "Text";
}

async fn a_request_that_is_none_of_the_methods_is_refused(bus: Arc<dyn Bus>) {
    let Setting { server: _server, client, key, .. } = setting(&bus).await;
    let of_other_type: Result<Text, _> =
        client.call(&key, "trial.v1.Trial/Echo", &Number { number: 1 }).await;
    assert_eq!(code(of_other_type.unwrap_err()), "invalid_request");
    let malformed: Result<Text, _> = client.call(&key, "trial.v1.Trial/Echo", &NoText { number: 1 }).await;
    assert_eq!(code(malformed.unwrap_err()), "invalid_request");
}

async fn a_key_that_nobody_serves_is_unreachable(bus: Arc<dyn Bus>) {
    let client = Client::connect(&bus).await.unwrap();
    let nobody = TrialClient::new(&client, "Nobody");
    assert_eq!(code(nobody.echo(&text("")).await.unwrap_err()), "UNREACHABLE");
}

async fn a_key_that_no_service_can_have_is_refused(bus: Arc<dyn Bus>) {
    let client = Client::connect(&bus).await.unwrap();
    for key in ["", "a.b", "*"] {
        let error = serve_trial(&bus, key, Trial::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{error}");
        let trial = TrialClient::new(&client, key);
        assert_eq!(code(trial.echo(&text("")).await.unwrap_err()), "INVALID_ARGUMENT", "{key}");
        assert_eq!(code(trial.count_forever(&()).await.unwrap_err()), "INVALID_ARGUMENT", "{key}");
    }
}

async fn a_method_that_takes_too_long_is_a_timeout(bus: Arc<dyn Bus>) {
    let Setting { server: _server, client, key, .. } = setting(&bus).await;
    let hasty = TrialClient::new(&client.with_timeout(Duration::from_millis(50)), key);
    assert_eq!(code(hasty.wait(&()).await.unwrap_err()), "TIMEOUT");
}

async fn more_calls_than_one_caller_may_have_are_refused(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, key, .. } = setting(&bus).await;
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..=tera_service::MAX_CALLS_PER_CALLER {
        let trial = trial.clone();
        waiting.spawn(async move { trial.wait(&()).await });
    }
    let first_to_end = waiting.join_next().await.unwrap().unwrap();
    assert_eq!(code(first_to_end.unwrap_err()), "busy");
    let other = TrialClient::new(&Client::connect(&bus).await.unwrap(), key);
    assert_eq!(other.echo(&text("")).await, Ok(text("")), "another caller has calls of its own");
}

async fn a_message_of_opentera_can_be_a_response(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    assert_eq!(trial.event(&()).await.unwrap().user_fullname, "Somebody");
}

async fn a_stream_gives_every_item_in_order_and_ends_once(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    for last in [0, 1, 1000] {
        let mut numbers = trial.count(&Counting { last, ..Counting::default() }).await.unwrap();
        for expected in 1..=last {
            assert_eq!(numbers.next().await, Some(Ok(Number { number: expected })));
        }
        assert_eq!([numbers.next().await, numbers.next().await], [None, None]);
    }
}

async fn a_stream_that_fails_gives_its_items_first(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let mut numbers = trial.count(&Counting { last: 2, failure: "enough".into() }).await.unwrap();
    assert!(matches!([numbers.next().await, numbers.next().await], [Some(Ok(_)), Some(Ok(_))]));
    assert_eq!(code(numbers.next().await.unwrap().unwrap_err()), "enough");
    assert_eq!(numbers.next().await, None);
}

/// Waits until so many endless counts are under way.
async fn counters(trial: &TrialClient, wanted: i64) {
    while trial.counters(&()).await.unwrap().number != wanted {
        tokio::task::yield_now().await;
    }
}

async fn a_stream_that_is_dropped_ends_its_method(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, .. } = setting(&bus).await;
    let mut numbers = trial.count_forever(&()).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    counters(&trial, 1).await;
    drop(numbers);
    counters(&trial, 0).await;
}

async fn a_stream_without_a_listener_ends_its_method(bus: Arc<dyn Bus>) {
    let Setting { server: _server, trial, client, key } = setting(&bus).await;
    let mut numbers = trial.count_forever(&()).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    // Outside the runtime nothing can say that the stream shall stop: as if the whole process had gone.
    std::thread::spawn(move || drop(numbers)).join().unwrap();
    drop(client);
    let other = TrialClient::new(&Client::connect(&bus).await.unwrap(), key);
    counters(&other, 0).await;
}

async fn a_stream_of_an_unknown_method_never_begins(bus: Arc<dyn Bus>) {
    let Setting { server: _server, client, key, .. } = setting(&bus).await;
    let begun = client.stream::<_, Number>(&key, "trial.v1.Trial/Sing", &()).await;
    assert_eq!(code(begun.unwrap_err()), "unknown_method");
    // A method that streams can't be called like others, nor the other way round.
    let begun = client.stream::<_, Text>(&key, "trial.v1.Trial/Echo", &text("")).await;
    assert_eq!(code(begun.unwrap_err()), "INVALID_MESSAGE");
    let answer = client.call::<_, Number>(&key, "trial.v1.Trial/CountForever", &()).await;
    assert_eq!(code(answer.unwrap_err()), "invalid_request");
}

/// Virtual time: it takes many seconds to notice.
#[tokio::test(start_paused = true)]
async fn a_stream_whose_server_says_nothing_any_more_fails() {
    let Setting { server, trial, .. } = setting(&embedded().await).await;
    let mut numbers = trial.count_forever(&()).await.unwrap();
    drop(server);
    let error = loop {
        if let Err(error) = numbers.next().await.expect("it has no end") {
            break error;
        }
    };
    assert_eq!(code(error), "UNREACHABLE");
    assert_eq!(numbers.next().await, None);
}

/// Virtual time, as above.
#[tokio::test(start_paused = true)]
async fn a_stream_whose_server_says_nothing_any_more_fails_also_for_who_does_something_else_meanwhile() {
    let Setting { server, trial, .. } = setting(&embedded().await).await;
    let mut numbers = trial.count_forever(&()).await.unwrap();
    drop(server);
    for _ in 0..1000 {
        tokio::select! {
            next = numbers.next() => if let Err(error) = next.expect("it has no end") {
                return assert_eq!(code(error), "UNREACHABLE");
            },
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
    panic!("it goes on");
}

/// Virtual time: it is quiet for ten minutes.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_quiet_for_long_goes_on() {
    let Setting { server: _server, trial, .. } = setting(&embedded().await).await;
    let mut numbers = trial.count_late(&()).await.unwrap();
    assert_eq!(numbers.next().await, Some(Ok(Number { number: 1 })));
    assert_eq!(numbers.next().await, None);
}

/// Virtual time, which stands still meanwhile: the method needn't notice by itself that nobody listens.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_is_stopped_at_once() {
    let Setting { server: _server, trial, .. } = setting(&embedded().await).await;
    let numbers = trial.count_forever(&()).await.unwrap();
    // By then it waits for room.
    for _ in 0..1000 {
        assert_eq!(trial.counters(&()).await.unwrap().number, 1);
    }
    drop(numbers);
    for _ in 0..1000 {
        if trial.counters(&()).await.unwrap().number == 0 {
            return;
        }
    }
    panic!("the method runs on");
}

async fn a_server_that_is_dropped_is_unreachable(bus: Arc<dyn Bus>) {
    let Setting { server, trial, .. } = setting(&bus).await;
    assert_eq!(trial.echo(&text("")).await, Ok(text("")));
    drop(server);
    while let Ok(text) = trial.echo(&text("")).await {
        assert_eq!(text, self::text(""));
    }
}
