//! Producing and consuming through the gateway.

use std::sync::Arc;

use tera_gateway::{
    bus::Bus,
    config::{Config, Queue},
};
use tera_protocol::{error::ErrorCode, opentera::value::ArgValue};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::{
    bench::{Bench, event},
    client::{Client, Got},
    on_every_bus, support,
};

on_every_bus! {
    what_one_client_produces_another_consumes_and_acknowledges
    a_job_that_is_given_back_comes_again_and_at_last_is_a_dead_letter
    the_jobs_of_a_session_that_ends_go_to_another
    a_client_that_comes_back_in_time_still_has_its_jobs
    the_jobs_of_a_client_that_is_away_for_too_long_go_to_another
    a_job_that_falls_out_of_what_is_kept_for_a_client_comes_again
    a_full_queue_is_an_error
    what_is_not_granted_is_forbidden_and_what_is_wrong_refused
}

/// A queue of this test's own, which users may produce into and consume.
struct Jobs {
    bench: Bench,
    queue: String,
}

fn text(text: &str) -> ArgValue {
    ArgValue::StringValue(text.into())
}

fn count(number: i64) -> ArgValue {
    ArgValue::IntValue(number)
}

/// What comes for a consumer: the queue, the id, the attempt and the item.
type Job = (String, String, u64, String);

impl Jobs {
    async fn start(bus: Arc<dyn Bus>, rules: Queue, change: impl FnOnce(&mut Config)) -> Self {
        let queue = format!("jobs-{:032x}", rand::random::<u128>());
        let bench = Bench::start_with(bus, |config| {
            config.grants.user.produce = vec![queue.parse().unwrap()];
            config.grants.user.consume =
                vec![queue.parse().unwrap(), format!("{queue}.dead").parse().unwrap()];
            config.queues.insert(queue.clone(), rules);
            change(config);
        })
        .await;
        Self { bench, queue }
    }

    async fn produce(&self, client: &mut Client, item: &str) -> String {
        let produced = client.command(90, "produce", vec![text(&self.queue), text(item)]).await;
        serde_json::from_str(&produced.unwrap().unwrap()).unwrap()
    }

    async fn consume(&self, client: &mut Client, prefetch: i64) {
        let consumed = client.command(91, "consume", vec![text(&self.queue), count(prefetch)]).await;
        assert_eq!(consumed, Ok(None));
    }

    async fn end(&self, client: &mut Client, how: &str, id: &str) -> Result<Option<String>, ErrorCode> {
        client.command(92, how, vec![text(&self.queue), text(id)]).await
    }

    fn job(&self, id: &str, attempt: u64, item: &str) -> Job {
        (self.queue.clone(), id.into(), attempt, item.into())
    }
}

fn as_job(got: Got) -> Job {
    let Got::Invocation(rpc) = got else { panic!("instead of a job: {got:?}") };
    assert_eq!((&*rpc.reply_to, &*rpc.method), ("job", ""));
    let args: Vec<_> = rpc.args.into_iter().map(|arg| arg.arg_value.unwrap()).collect();
    let [
        ArgValue::StringValue(queue),
        ArgValue::StringValue(id),
        ArgValue::UintValue(attempt),
        ArgValue::StringValue(item),
    ] = &args[..]
    else {
        panic!("no job: {args:?}")
    };
    (queue.clone(), id.clone(), *attempt, item.clone())
}

async fn next(client: &mut Client) -> Job {
    let job = as_job(client.next().await);
    assert_eq!(client.topic, format!("queue.{}", job.0));
    job
}

async fn what_one_client_produces_another_consumes_and_acknowledges(bus: Arc<dyn Bus>) {
    let jobs = Jobs::start(bus, Queue::default(), |_| {}).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    jobs.consume(&mut bob, 1).await;
    let first = jobs.produce(&mut ada, " {\"n\": 1.50} ").await;
    let second = jobs.produce(&mut ada, "2").await;
    assert_eq!(next(&mut bob).await, jobs.job(&first, 1, "{\"n\": 1.50}"));
    assert_eq!(jobs.end(&mut ada, "ack", &first).await, Err(ErrorCode::InvalidArgument), "it is bob's");
    assert_eq!(jobs.end(&mut bob, "ack", &first).await, Ok(None));
    assert_eq!(next(&mut bob).await, jobs.job(&second, 1, "2"));
    assert_eq!(jobs.end(&mut bob, "ack", &first).await, Err(ErrorCode::InvalidArgument), "it is done");
    assert_eq!(bob.command(1, "stop", vec![text(&jobs.queue)]).await, Ok(None));
    jobs.consume(&mut ada, 1).await;
    assert_eq!(next(&mut ada).await, jobs.job(&second, 2, "2"));
}

async fn a_job_that_is_given_back_comes_again_and_at_last_is_a_dead_letter(bus: Arc<dyn Bus>) {
    let rules = Queue { max_attempts: 2, ..Queue::default() };
    let jobs = Jobs::start(bus, rules, |_| {}).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    let dead = format!("{}.dead", jobs.queue);
    assert_eq!(bob.command(1, "consume", vec![text(&dead), count(1)]).await, Ok(None));
    let id = jobs.produce(&mut ada, "1").await;
    jobs.consume(&mut ada, 1).await;
    for attempt in 1..=2 {
        assert_eq!(next(&mut ada).await, jobs.job(&id, attempt, "1"));
        assert_eq!(jobs.end(&mut ada, "nack", &id).await, Ok(None));
    }
    let (queue, letter, attempt, item) = next(&mut bob).await;
    assert_eq!((&queue, attempt, &*item), (&dead, 1, "1"));
    assert_eq!(bob.command(2, "ack", vec![text(&dead), text(&letter)]).await, Ok(None));
}

async fn the_jobs_of_a_session_that_ends_go_to_another(bus: Arc<dyn Bus>) {
    let jobs = Jobs::start(bus, Queue::default(), |_| {}).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    jobs.consume(&mut ada, 1).await;
    let id = jobs.produce(&mut bob, "1").await;
    next(&mut ada).await;
    jobs.consume(&mut bob, 1).await;
    ada.socket.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
    assert_eq!(next(&mut bob).await, jobs.job(&id, 2, "1"));
}

async fn a_client_that_comes_back_in_time_still_has_its_jobs(bus: Arc<dyn Bus>) {
    let jobs = Jobs::start(bus, Queue::default(), |_| {}).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    jobs.consume(&mut ada, 2).await;
    let first = jobs.produce(&mut bob, "1").await;
    next(&mut ada).await;
    let remains = ada.cut();
    jobs.bench.until_healthy((200, 1, 1)).await;
    let second = jobs.produce(&mut bob, "2").await;
    let mut ada = jobs.bench.resume("ada", &remains).await.unwrap();
    assert_eq!(next(&mut ada).await, jobs.job(&second, 1, "2"));
    assert_eq!(jobs.end(&mut ada, "ack", &first).await, Ok(None));
}

async fn the_jobs_of_a_client_that_is_away_for_too_long_go_to_another(bus: Arc<dyn Bus>) {
    let rules = Queue { ack_timeout_seconds: 1, ..Queue::default() };
    let jobs = Jobs::start(bus, rules, |_| {}).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    jobs.consume(&mut ada, 1).await;
    let id = jobs.produce(&mut bob, "1").await;
    next(&mut ada).await;
    let remains = ada.cut();
    jobs.consume(&mut bob, 1).await;
    assert_eq!(next(&mut bob).await, jobs.job(&id, 2, "1"));
    let mut ada = jobs.bench.resume("ada", &remains).await.unwrap();
    assert_eq!(jobs.end(&mut ada, "ack", &id).await, Err(ErrorCode::InvalidArgument));
    assert_eq!(jobs.end(&mut bob, "ack", &id).await, Ok(None));
}

async fn a_job_that_falls_out_of_what_is_kept_for_a_client_comes_again(bus: Arc<dyn Bus>) {
    let few = |config: &mut Config| config.limits.replay_messages = 4;
    let jobs = Jobs::start(bus, Queue::default(), few).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, jobs.bench.join("bob").await];
    jobs.consume(&mut ada, 1).await;
    let remains = ada.remains();
    let id = jobs.produce(&mut bob, "1").await;
    // It was sent, but the connection was lost on its way.
    ada.withhold().await;
    drop(ada);
    jobs.bench.until_healthy((200, 1, 1)).await;
    for number in 1..=5 {
        jobs.bench.publish(&format!("{}.events", jobs.bench.service), &event(&number.to_string())).await;
    }
    for _ in 1..=5 {
        bob.event().await;
    }
    let mut ada = jobs.bench.connect("ada").await;
    assert!(ada.resume(&remains).await);
    let topics: Vec<_> = ada.gap().await.missing.into_iter().map(|missing| missing.topic).collect();
    assert!(topics.contains(&format!("queue.{}", jobs.queue)), "{topics:?}");
    for _ in 0..4 {
        ada.event().await;
    }
    assert_eq!(next(&mut ada).await, jobs.job(&id, 2, "1"));
    assert_eq!(jobs.end(&mut ada, "ack", &id).await, Ok(None));
}

async fn a_full_queue_is_an_error(bus: Arc<dyn Bus>) {
    let jobs = Jobs::start(bus, Queue { max_jobs: 1, ..Queue::default() }, |_| {}).await;
    let mut ada = jobs.bench.join("ada").await;
    jobs.produce(&mut ada, "1").await;
    let args = vec![text(&jobs.queue), text("2")];
    assert_eq!(ada.command(1, "produce", args).await, Err(ErrorCode::QueueFull));
}

async fn what_is_not_granted_is_forbidden_and_what_is_wrong_refused(bus: Arc<dyn Bus>) {
    let jobs = Jobs::start(bus, Queue::default(), |_| {}).await;
    let [mut ada, mut dee] = [jobs.bench.join("ada").await, jobs.bench.join("dee").await];
    let mut id = 0;
    for queue in [&jobs.queue, "other", "**", "tera-gateway.replies"] {
        for (method, argument) in [("produce", text("1")), ("consume", count(1))] {
            let refusal = dee.command(id, method, vec![text(queue), argument.clone()]).await.unwrap_err();
            assert!(matches!(refusal, ErrorCode::Forbidden | ErrorCode::InvalidArgument), "{queue}");
            if *queue != *jobs.queue {
                let refusal = ada.command(id, method, vec![text(queue), argument]).await.unwrap_err();
                assert!(matches!(refusal, ErrorCode::Forbidden | ErrorCode::InvalidArgument), "{queue}");
            }
            id += 1;
        }
    }
    let queue = || text(&jobs.queue);
    for (method, args) in [
        ("produce", vec![queue()]),
        ("produce", vec![queue(), text("{")]),
        ("produce", vec![count(1), text("1")]),
        ("consume", vec![queue(), count(0)]),
        ("consume", vec![queue(), count(-1)]),
        ("consume", vec![queue(), count(1001)]),
        ("consume", vec![queue(), text("1")]),
        ("ack", vec![queue()]),
        ("ack", vec![queue(), text("1-1")]),
        ("nack", vec![queue(), text("")]),
        ("stop", vec![text("a..b")]),
    ] {
        assert_eq!(ada.command(id, method, args).await, Err(ErrorCode::InvalidArgument), "{method}");
        id += 1;
    }
    assert_eq!(ada.command(id, "stop", vec![queue()]).await, Ok(None));
}

#[tokio::test]
async fn the_queues_that_one_session_consumes_are_bounded() {
    let all = |config: &mut Config| config.grants.user.consume = vec!["**".parse().unwrap()];
    let bench = Bench::start_with(support::embedded().await, all).await;
    let mut ada = bench.join("ada").await;
    let mut consume = async |id: u64| {
        let queue = format!("jobs.{id}");
        ada.command(id, "consume", vec![text(&queue), count(1)]).await
    };
    for id in 1..=64 {
        assert_eq!(consume(id).await, Ok(None));
    }
    assert_eq!(consume(65).await, Err(ErrorCode::QueueFull));
    assert_eq!(consume(64).await, Ok(None), "again is nothing");
}

#[tokio::test]
async fn two_gateways_share_a_queue_and_one_that_stops_gives_its_jobs_back() {
    let jobs = Jobs::start(support::redis().await, Queue::default(), |_| {}).await;
    let sibling = jobs.bench.sibling(support::redis().await).await;
    let [mut ada, mut bob] = [jobs.bench.join("ada").await, sibling.join("bob").await];
    jobs.consume(&mut ada, 1).await;
    let first = jobs.produce(&mut bob, "1").await;
    assert_eq!(next(&mut ada).await, jobs.job(&first, 1, "1"));
    jobs.consume(&mut bob, 1).await;
    let second = jobs.produce(&mut ada, "2").await;
    assert_eq!(next(&mut bob).await, jobs.job(&second, 1, "2"));
    assert_eq!(jobs.end(&mut bob, "ack", &second).await, Ok(None));
    let Jobs { bench, queue } = jobs;
    bench.stop().await;
    assert_eq!(next(&mut bob).await, (queue, first, 2, "1".into()));
    sibling.stop().await;
}

#[tokio::test]
async fn what_is_no_queue_in_redis_can_not_be_consumed_until_it_is_gone() {
    let jobs = Jobs::start(support::redis().await, Queue::default(), |_| {}).await;
    let mut ada = jobs.bench.join("ada").await;
    let variables = jobs.bench.bus.variables();
    let key = format!("tera-gateway.queue.{}", jobs.queue);
    assert_eq!(variables.set(&key, Some("oops".into()), None, "somebody").await, Ok(true));
    for (method, argument) in [("consume", count(1)), ("produce", text("1"))] {
        let refusal = ada.command(1, method, vec![text(&jobs.queue), argument]).await;
        assert_eq!(refusal, Err(ErrorCode::Unavailable), "{method}");
    }
    assert_eq!(variables.set(&key, None, None, "somebody").await, Ok(true));
    jobs.consume(&mut ada, 1).await;
    let id = jobs.produce(&mut ada, "1").await;
    assert_eq!(next(&mut ada).await, jobs.job(&id, 1, "1"));
}
