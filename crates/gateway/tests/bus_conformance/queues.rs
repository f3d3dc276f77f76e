//! What every bus promises of its queues.

use std::{collections::BTreeSet, slice, sync::Arc, time::Duration};

use bytes::Bytes;
use redis::cmd;
use tera_gateway::bus::{Bus, Consumer, Job, QueuePolicy};
use tokio::{task::JoinSet, time::timeout};

use crate::{PATIENCE, drop_connections, on_every_bus, outsider, redis_with_database, support};

on_every_bus! {
    jobs_are_handed_out_in_the_order_of_their_production
    a_consumer_has_no_more_jobs_than_it_asked_for
    a_job_that_is_given_back_comes_again_before_newer_ones
    a_job_is_acknowledged_once_and_only_by_the_consumer_that_has_it
    the_jobs_of_a_consumer_that_leaves_go_to_another
    the_jobs_of_a_consumer_that_stops_go_to_another
    a_consumer_that_is_away_keeps_its_jobs_for_a_while_and_gets_no_new_ones
    after_its_last_attempt_a_job_is_a_dead_letter
    of_too_many_dead_letters_the_oldest_goes
    a_full_queue_takes_no_more_and_jobs_that_are_handed_out_count
    of_many_that_produce_at_once_exactly_as_many_succeed_as_there_is_room_for
    each_job_goes_to_one_of_many_consumers
    items_are_carried_whole
}

pub(crate) const POLICY: QueuePolicy =
    QueuePolicy { ack_timeout: Duration::from_secs(60), max_attempts: 3, max_jobs: 1000 };
/// Consumers that are away lose their jobs at once, as far as a test is concerned.
const IMPATIENT: QueuePolicy = QueuePolicy { ack_timeout: Duration::from_millis(100), ..POLICY };

/// A name that no other test uses.
pub(crate) fn queue() -> String {
    format!("jobs-{:032x}", rand::random::<u128>())
}

pub(crate) async fn produce(bus: &Arc<dyn Bus>, queue: &str, items: impl IntoIterator<Item = &'static str>) {
    for item in items {
        assert!(bus.queues().produce(queue, item.into(), POLICY.max_jobs).await.unwrap().is_some());
    }
}

pub(crate) fn consume(bus: &Arc<dyn Bus>, queue: &str, prefetch: usize) -> Consumer {
    let consumer = bus.queues().consumer();
    consumer.consume(queue, prefetch, POLICY);
    consumer
}

async fn next(consumer: &Consumer) -> Job {
    timeout(PATIENCE, consumer.next()).await.expect("no job comes")
}

/// The next job is this one.
pub(crate) async fn expect(consumer: &Consumer, item: &'static str, attempt: u32) -> Job {
    let job = next(consumer).await;
    assert_eq!((str::from_utf8(&job.item).unwrap(), job.attempt), (item, attempt));
    job
}

pub(crate) async fn done(consumer: &Consumer, job: &Job) {
    assert_eq!(consumer.ack(&job.queue, &job.id).await, Ok(true));
}

async fn jobs_are_handed_out_in_the_order_of_their_production(bus: Arc<dyn Bus>) {
    let queue = queue();
    produce(&bus, &queue, ["1", "2", "3"]).await;
    let consumer = consume(&bus, &queue, 2);
    for item in ["1", "2", "3"] {
        let job = expect(&consumer, item, 1).await;
        assert_eq!(*job.queue, *queue);
        done(&consumer, &job).await;
    }
    let produced = bus.queues().produce(&queue, "4".into(), POLICY.max_jobs).await.unwrap();
    assert_eq!(produced, Some(expect(&consumer, "4", 1).await.id));
}

async fn a_consumer_has_no_more_jobs_than_it_asked_for(bus: Arc<dyn Bus>) {
    let queue = queue();
    produce(&bus, &queue, ["1", "2", "3", "4"]).await;
    let one = consume(&bus, &queue, 2);
    let first = expect(&one, "1", 1).await;
    expect(&one, "2", 1).await;
    let two = consume(&bus, &queue, 1);
    expect(&two, "3", 1).await;
    done(&one, &first).await;
    expect(&one, "4", 1).await;
}

async fn a_job_that_is_given_back_comes_again_before_newer_ones(bus: Arc<dyn Bus>) {
    let queue = queue();
    produce(&bus, &queue, ["1", "2"]).await;
    let consumer = consume(&bus, &queue, 1);
    let first = expect(&consumer, "1", 1).await;
    assert_eq!(consumer.nack(&queue, &first.id).await, Ok(true));
    let again = expect(&consumer, "1", 2).await;
    assert_eq!(again.id, first.id);
    assert!(consumer.holds(&queue, &again.id));
    consumer.give_back(&queue, &again.id);
    let again = expect(&consumer, "1", 3).await;
    done(&consumer, &again).await;
    expect(&consumer, "2", 1).await;
}

async fn a_job_is_acknowledged_once_and_only_by_the_consumer_that_has_it(bus: Arc<dyn Bus>) {
    let queue = queue();
    let consumer = consume(&bus, &queue, 1);
    produce(&bus, &queue, ["1"]).await;
    let job = expect(&consumer, "1", 1).await;
    let stranger = consume(&bus, &queue, 1);
    for (queue, id) in [(&*queue, &*job.id), (&queue, "0-1"), ("another", &job.id)] {
        assert_eq!(stranger.ack(queue, id).await, Ok(false));
        assert_eq!(stranger.nack(queue, id).await, Ok(false));
    }
    done(&consumer, &job).await;
    assert_eq!(consumer.ack(&queue, &job.id).await, Ok(false));
    assert_eq!(consumer.nack(&queue, &job.id).await, Ok(false));
}

async fn the_jobs_of_a_consumer_that_leaves_go_to_another(bus: Arc<dyn Bus>) {
    let queue = queue();
    produce(&bus, &queue, ["1", "2", "3"]).await;
    let leaver = consume(&bus, &queue, 2);
    expect(&leaver, "1", 1).await;
    let stayer = consume(&bus, &queue, 2);
    expect(&stayer, "3", 1).await;
    drop(leaver);
    expect(&stayer, "1", 2).await;
    stayer.close().await.unwrap();
    let last = consume(&bus, &queue, 3);
    // The second was never seen by anybody: that was no attempt.
    for (item, attempt) in [("1", 3), ("2", 1), ("3", 2)] {
        expect(&last, item, attempt).await;
    }
}

async fn the_jobs_of_a_consumer_that_stops_go_to_another(bus: Arc<dyn Bus>) {
    let (queue, other) = (queue(), queue());
    produce(&bus, &queue, ["1"]).await;
    let stopper = consume(&bus, &queue, 2);
    stopper.consume(&other, 1, POLICY);
    let job = expect(&stopper, "1", 1).await;
    stopper.stop(&queue).await.unwrap();
    assert_eq!(stopper.ack(&queue, &job.id).await, Ok(false));
    let stayer = consume(&bus, &queue, 2);
    expect(&stayer, "1", 2).await;
    produce(&bus, &queue, ["2"]).await;
    expect(&stayer, "2", 1).await;
    produce(&bus, &other, ["3"]).await;
    expect(&stopper, "3", 1).await;
}

async fn a_consumer_that_is_away_keeps_its_jobs_for_a_while_and_gets_no_new_ones(bus: Arc<dyn Bus>) {
    let queue = queue();
    let patient = consume(&bus, &queue, 2);
    produce(&bus, &queue, ["1"]).await;
    let job = expect(&patient, "1", 1).await;
    patient.set_away(true);
    let other = consume(&bus, &queue, 1);
    produce(&bus, &queue, ["2"]).await;
    let second = expect(&other, "2", 1).await;
    done(&other, &second).await;
    patient.set_away(false);
    done(&patient, &job).await;

    let impatient = crate::queues::queue();
    let leaver = bus.queues().consumer();
    leaver.consume(&impatient, 1, IMPATIENT);
    produce(&bus, &impatient, ["1"]).await;
    let job = expect(&leaver, "1", 1).await;
    leaver.set_away(true);
    other.consume(&impatient, 1, IMPATIENT);
    expect(&other, "1", 2).await;
    leaver.set_away(false);
    assert_eq!(leaver.ack(&impatient, &job.id).await, Ok(false), "another has it");
    produce(&bus, &impatient, ["2"]).await;
    expect(&leaver, "2", 1).await;
}

async fn after_its_last_attempt_a_job_is_a_dead_letter(bus: Arc<dyn Bus>) {
    let queue = queue();
    let dead = format!("{queue}.dead");
    let undertaker = consume(&bus, &dead, 1);
    let consumer = consume(&bus, &queue, 1);
    produce(&bus, &queue, ["1", "2"]).await;
    for attempt in 1..=POLICY.max_attempts {
        let job = expect(&consumer, "1", attempt).await;
        assert_eq!(consumer.nack(&queue, &job.id).await, Ok(true));
    }
    expect(&consumer, "2", 1).await;
    for attempt in 1..=POLICY.max_attempts + 1 {
        let letter = expect(&undertaker, "1", attempt).await;
        assert_eq!(undertaker.nack(&dead, &letter.id).await, Ok(true));
    }
    let letter = next(&undertaker).await;
    done(&undertaker, &letter).await;
}

async fn of_too_many_dead_letters_the_oldest_goes(bus: Arc<dyn Bus>) {
    let queue = queue();
    let consumer = bus.queues().consumer();
    consumer.consume(&queue, 3, QueuePolicy { max_attempts: 1, max_jobs: 2, ..POLICY });
    for item in ["1", "2", "3"] {
        produce(&bus, &queue, [item]).await;
        let job = expect(&consumer, item, 1).await;
        assert_eq!(consumer.nack(&queue, &job.id).await, Ok(true));
    }
    let undertaker = consume(&bus, &format!("{queue}.dead"), 3);
    for item in ["2", "3"] {
        expect(&undertaker, item, 1).await;
    }
}

async fn a_full_queue_takes_no_more_and_jobs_that_are_handed_out_count(bus: Arc<dyn Bus>) {
    let queue = queue();
    let produce = async || bus.queues().produce(&queue, "x".into(), 2).await.unwrap().is_some();
    assert_eq!([produce().await, produce().await, produce().await], [true, true, false]);
    let consumer = consume(&bus, &queue, 2);
    let job = next(&consumer).await;
    assert!(!produce().await);
    done(&consumer, &job).await;
    assert_eq!([produce().await, produce().await], [true, false]);
}

async fn of_many_that_produce_at_once_exactly_as_many_succeed_as_there_is_room_for(bus: Arc<dyn Bus>) {
    let queue: Arc<str> = queue().into();
    let mut producers = JoinSet::new();
    for _ in 0..50 {
        let (bus, queue) = (Arc::clone(&bus), Arc::clone(&queue));
        producers.spawn(async move { bus.queues().produce(&queue, "x".into(), 10).await.unwrap().is_some() });
    }
    let taken = producers.join_all().await.into_iter().filter(|taken| *taken).count();
    assert_eq!(taken, 10);
}

async fn each_job_goes_to_one_of_many_consumers(bus: Arc<dyn Bus>) {
    const JOBS: u32 = 200;
    let queue: Arc<str> = queue().into();
    let mut consumers = JoinSet::new();
    let (seen, mut heard) = tokio::sync::mpsc::unbounded_channel();
    for prefetch in 1..=4 {
        let (consumer, queue, seen) = (consume(&bus, &queue, prefetch), Arc::clone(&queue), seen.clone());
        consumers.spawn(async move {
            loop {
                let job = consumer.next().await;
                assert_eq!(consumer.ack(&queue, &job.id).await, Ok(true));
                seen.send(job).unwrap();
            }
        });
    }
    for number in 0..JOBS {
        bus.queues().produce(&queue, number.to_string().into(), 1000).await.unwrap().unwrap();
    }
    let mut numbers = BTreeSet::new();
    while numbers.len() < JOBS as usize {
        let job = timeout(PATIENCE, heard.recv()).await.expect("jobs are missing").unwrap();
        assert!(numbers.insert(job.item), "a job came twice");
    }
}

async fn items_are_carried_whole(bus: Arc<dyn Bus>) {
    let queue = queue();
    let consumer = consume(&bus, &queue, 10);
    let every_byte: Vec<u8> = (0..=255).collect();
    for item in [vec![], every_byte.clone(), every_byte.repeat(10_000)] {
        bus.queues().produce(&queue, Bytes::from(item.clone()), 10).await.unwrap();
        assert!(next(&consumer).await.item == item, "{} bytes", item.len());
    }
}

#[tokio::test]
async fn gateways_share_a_queue_and_take_over_from_one_that_is_gone() {
    // Long enough for a busy machine, as a gateway must show that it is alive within it.
    let policy = QueuePolicy { ack_timeout: Duration::from_secs(1), ..POLICY };
    let queue = queue();
    let (here, there) = (support::redis().await, support::redis().await);
    let mine = here.queues().consumer();
    mine.consume(&queue, 1, policy);
    produce(&there, &queue, ["1", "2"]).await;
    expect(&mine, "1", 1).await;
    let theirs = there.queues().consumer();
    theirs.consume(&queue, 2, policy);
    let second = expect(&theirs, "2", 1).await;
    // A gateway that is there keeps its jobs: for longer than a consumer may be away.
    tokio::time::sleep(policy.ack_timeout * 2).await;
    done(&theirs, &second).await;
    produce(&here, &queue, ["3"]).await;
    let third = expect(&theirs, "3", 1).await;
    done(&theirs, &third).await;
    // This one gives nothing back.
    drop(here);
    expect(&theirs, "1", 2).await;
    drop(mine);
}

#[tokio::test]
async fn what_one_gateway_gives_back_another_gets_at_once() {
    let queue = queue();
    let (here, there) = (support::redis().await, support::redis().await);
    let (mine, theirs) = (consume(&here, &queue, 1), there.queues().consumer());
    produce(&here, &queue, ["1", "2"]).await;
    expect(&mine, "1", 1).await;
    theirs.consume(&queue, 10, POLICY);
    expect(&theirs, "2", 1).await;
    mine.close().await.unwrap();
    expect(&theirs, "1", 2).await;
}

#[tokio::test]
async fn a_service_produces_with_a_single_command_of_redis() {
    let bus = support::redis().await;
    let queue = queue();
    let consumer = consume(&bus, &queue, 1);
    let mut outsider = outsider().await;
    let stream = format!("tera-gateway.queue.{queue}");
    let _: String =
        cmd("XADD").arg(&stream).arg("*").arg("item").arg("1").query_async(&mut outsider).await.unwrap();
    let job = expect(&consumer, "1", 1).await;
    done(&consumer, &job).await;
    let left: u64 = cmd("XLEN").arg(&stream).query_async(&mut outsider).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn consumers_go_on_after_redis_drops_the_connections() {
    const DATABASE: &str = "10";
    let bus: Arc<dyn Bus> = Arc::new(redis_with_database(DATABASE).await);
    let (queue, other) = (queue(), queue());
    let consumer = consume(&bus, &queue, 1);
    consumer.consume(&other, 1, POLICY);
    produce(&bus, &queue, ["1"]).await;
    let job = expect(&consumer, "1", 1).await;
    assert_eq!(drop_connections(DATABASE).await, 3, "one more, for all queues");
    let acknowledged = timeout(PATIENCE, async {
        loop {
            if let Ok(acknowledged) = consumer.ack(&queue, &job.id).await {
                return acknowledged;
            }
        }
    });
    assert_eq!(acknowledged.await, Ok(true));
    let producer = redis_with_database(DATABASE).await;
    for queue in slice::from_ref(&queue).iter().chain([&other]) {
        producer.queues().produce(queue, "2".into(), 10).await.unwrap();
        expect(&consumer, "2", 1).await;
    }
}
