//! Queues whose keys in Redis hold something else, through somebody's mistake.

use redis::cmd;
use tera_gateway::bus::QueuePolicy;

use crate::{
    outsider,
    queues::{POLICY, consume, done, expect, produce, queue},
    support,
};

/// Has the key of a queue hold something else.
async fn spoil(queue: &str) {
    let key = format!("tera-gateway.queue.{queue}");
    let () = cmd("SET").arg(key).arg("oops").query_async(&mut outsider().await).await.unwrap();
}

async fn delete(queue: &str) {
    let key = format!("tera-gateway.queue.{queue}");
    let deleted: u64 = cmd("DEL").arg(key).query_async(&mut outsider().await).await.unwrap();
    assert_eq!(deleted, 1);
}

#[tokio::test]
async fn a_key_that_holds_something_else_stops_its_own_queue_only_until_it_is_gone() {
    let bus = support::redis().await;
    let [good, spoiled_before, spoiled_later] = [queue(), queue(), queue()];
    let consumer = bus.queues().consumer();
    for queue in [&good, &spoiled_later] {
        consumer.consume(queue, 1, POLICY);
        produce(&bus, queue, ["1"]).await;
        done(&consumer, &expect(&consumer, "1", 1).await).await;
    }
    spoil(&spoiled_before).await;
    consumer.consume(&spoiled_before, 1, POLICY);
    spoil(&spoiled_later).await;
    for item in ["2", "3"] {
        produce(&bus, &good, [item]).await;
        done(&consumer, &expect(&consumer, item, 1).await).await;
    }
    for spoiled in [&spoiled_before, &spoiled_later] {
        delete(spoiled).await;
        produce(&bus, spoiled, ["4"]).await;
        let job = expect(&consumer, "4", 1).await;
        assert_eq!(*job.queue, **spoiled);
    }
}

#[tokio::test]
async fn what_can_not_be_a_dead_letter_waits_and_keeps_no_queue_waiting() {
    let bus = support::redis().await;
    let [queue, other] = [queue(), queue()];
    let dead = format!("{queue}.dead");
    let consumer = bus.queues().consumer();
    for queue in [&queue, &other] {
        consumer.consume(queue, 1, QueuePolicy { max_attempts: 1, ..POLICY });
    }
    spoil(&dead).await;
    produce(&bus, &queue, ["1"]).await;
    let job = expect(&consumer, "1", 1).await;
    assert_eq!(consumer.nack(&queue, &job.id).await, Ok(true));
    for (queue, item) in [(&other, "2"), (&queue, "3"), (&queue, "4")] {
        produce(&bus, queue, [item]).await;
        done(&consumer, &expect(&consumer, item, 1).await).await;
    }
    delete(&dead).await;
    let undertaker = consume(&bus, &dead, 1);
    expect(&undertaker, "1", 1).await;
}
