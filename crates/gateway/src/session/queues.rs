//! The queues that this session's client produces into and consumes.

use std::{
    collections::{HashMap, HashSet},
    future,
    sync::Arc,
};

use bytes::Bytes;
use tera_protocol::{
    error::{ErrorCode, TeraError},
    link::{messages::Missing, session::forbidden},
    opentera::RpcMessage,
};

use super::{
    commands::{Arguments, done, invocation, number, text},
    work::{Client, Operating, lost, unavailable},
};
use crate::{
    bus::{Bus, BusError, Consumer, Job},
    config::Pattern,
    gateway::Gateway,
};

/// What `reply_to` of an invocation says when it is a job.
const JOB: &str = "job";
/// What is before a queue's name in the topic of its jobs.
const TOPIC: &str = "queue.";
/// Most queues that one session consumes.
const MAX_QUEUES: usize = 64;
/// Most jobs of one queue that a client may have at a time.
const MAX_PREFETCH: u64 = 1000;

/// The jobs that the client has.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// From the first queue on that the client consumes.
    consumer: Option<Arc<Consumer>>,
    queues: HashSet<String>,
    is_away: bool,
    /// The positions, each in the topic of its queue, of jobs that were sent.
    sent: HashMap<(Arc<str>, String), u64>,
}

impl Jobs {
    /// Waits for the next job; for ever, if nothing is consumed. Cancel-safe.
    pub(super) async fn next(&self) -> Job {
        match &self.consumer {
            Some(consumer) => consumer.next().await,
            None => future::pending().await,
        }
    }

    /// While the client is away it gets no jobs, and after a while loses those it has.
    pub(super) fn set_away(&mut self, is_away: bool) {
        if self.is_away != is_away {
            self.is_away = is_away;
            if let Some(consumer) = &self.consumer {
                consumer.set_away(is_away);
            }
        }
    }

    /// Notes that a job was sent; without a position it was not, and goes back.
    pub(super) fn note(&mut self, job: Job, position: Option<u64>) {
        match (position, &self.consumer) {
            (Some(position), _) => _ = self.sent.insert((job.queue, job.id), position),
            (None, Some(consumer)) => consumer.give_back(&job.queue, &job.id),
            (None, None) => {}
        }
    }

    /// Gives back jobs that the client will never hear of, and forgets those that it lost while it was away.
    pub(super) fn take_back(&mut self, missing: &[Missing]) {
        let Some(consumer) = &self.consumer else { return };
        self.sent.retain(|(queue, id), position| {
            let is_missing = missing.iter().any(|each| {
                each.topic.strip_prefix(TOPIC) == Some(&**queue)
                    && (each.first..=each.last).contains(position)
            });
            if is_missing {
                consumer.give_back(queue, id);
            }
            consumer.holds(queue, id)
        });
    }

    /// The client has gone: gives everything back.
    pub(super) async fn close(&self) -> Result<(), BusError> {
        match &self.consumer {
            Some(consumer) => consumer.close().await,
            None => Ok(()),
        }
    }

    fn consumer(&mut self, bus: &dyn Bus) -> &Arc<Consumer> {
        self.consumer.get_or_insert_with(|| {
            let consumer = bus.queues().consumer();
            consumer.set_away(self.is_away);
            Arc::new(consumer)
        })
    }
}

/// A job as what calls the client, and the topic that it is of.
pub(super) fn as_invocation(job: &Job) -> (Arc<str>, RpcMessage) {
    let item = String::from_utf8_lossy(&job.item).into_owned();
    let args = vec![text(&*job.queue), text(&*job.id), number(job.attempt.into()), text(item)];
    (format!("{TOPIC}{}", job.queue).into(), invocation(JOB, args))
}

/// Appends an item, and brings the job's id.
pub(super) fn produce(client: &Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let queue = name(arguments)?;
    if !client.gateway.config.grants.of(client.account.kind).may_produce(queue) {
        return Err(forbidden(format!("this identity may not produce into {queue}")));
    }
    let item = Bytes::copy_from_slice(arguments.json(1)?.get().as_bytes());
    let max_jobs = client.gateway.config.queue(queue).max_jobs;
    let (bus, queue) = (Arc::clone(&client.gateway.bus), queue.to_owned());
    Ok(Box::pin(async move {
        match bus.queues().produce(&queue, item, max_jobs).await.map_err(lost)? {
            Some(id) => Ok(Some(format!("\"{id}\""))),
            None => {
                Err(TeraError::new(ErrorCode::QueueFull, format!("{queue} holds as many jobs as it may"))
                    .with_help("Try again later, or raise the limit in the gateway's configuration."))
            }
        }
    }))
}

/// From now on the client gets jobs, at most so many that it has not acknowledged.
pub(super) fn consume(client: &mut Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let queue = name(arguments)?;
    let Gateway { bus, config, .. } = client.gateway;
    if !config.grants.of(client.account.kind).may_consume(queue) {
        return Err(forbidden(format!("this identity may not consume {queue}")));
    }
    let prefetch = arguments.number(1)?;
    if !(1..=MAX_PREFETCH).contains(&prefetch) {
        return Err(arguments.wrong(&format!("argument 2 must be 1 to {MAX_PREFETCH}")));
    }
    let jobs = &mut *client.jobs;
    if jobs.queues.len() >= MAX_QUEUES && !jobs.queues.contains(queue) {
        return Err(TeraError::new(ErrorCode::QueueFull, "too many queues are consumed by one session"));
    }
    jobs.queues.insert(queue.to_owned());
    let policy = config.queue(queue).policy();
    let consumer = Arc::clone(jobs.consumer(&**bus));
    let (bus, queue) = (Arc::clone(bus), queue.to_owned());
    Ok(Box::pin(async move {
        // While the bus is lost nobody knows, and jobs come when it is back.
        if bus.is_healthy()
            && let Err(error) = bus.queues().check(&queue).await
            && error.is_of_key()
        {
            return Err(unavailable(error));
        }
        consumer.consume(&queue, usize::try_from(prefetch).unwrap_or(usize::MAX), policy);
        Ok(None)
    }))
}

/// The client gets no more jobs, and what it has not acknowledged goes back.
pub(super) fn stop(client: &mut Client<'_>, arguments: &Arguments<'_>) -> Result<Operating, TeraError> {
    let queue = name(arguments)?.to_owned();
    client.jobs.queues.remove(&queue);
    client.jobs.sent.retain(|(known, _), _| **known != *queue);
    let Some(consumer) = client.jobs.consumer.clone() else { return Ok(done()) };
    Ok(Box::pin(async move { consumer.stop(&queue).await.map(|()| None).map_err(lost) }))
}

/// How a client ends its part in a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is done.
    Ack,
    /// Another shall do it.
    Nack,
}

/// The client is done with a job, or gives it back.
pub(super) fn end(
    client: &mut Client<'_>,
    arguments: &Arguments<'_>,
    how: End,
) -> Result<Operating, TeraError> {
    let (queue, id) = (name(arguments)?.to_owned(), arguments.name(1)?.to_owned());
    client.jobs.sent.remove(&(queue.as_str().into(), id.clone()));
    let consumer = client.jobs.consumer.clone();
    Ok(Box::pin(async move {
        let ended = match (consumer, how) {
            (Some(consumer), End::Ack) => consumer.ack(&queue, &id).await,
            (Some(consumer), End::Nack) => consumer.nack(&queue, &id).await,
            (None, _) => Ok(false),
        };
        if ended.map_err(lost)? {
            return Ok(None);
        }
        let description = format!("this client does not have the job {id} of {queue}");
        Err(TeraError::new(ErrorCode::InvalidArgument, description)
            .with_help("It has ended it before, or was away for so long that another consumer got it."))
    }))
}

/// The queue that the first argument names.
fn name<'a>(arguments: &Arguments<'a>) -> Result<&'a str, TeraError> {
    let queue = arguments.name(0)?;
    let is_name = queue.parse::<Pattern>().is_ok_and(|pattern| pattern.topic().is_some());
    is_name.then_some(queue).ok_or_else(|| {
        arguments.wrong(
            "a queue's name has segments of ASCII letters, digits, `_` and `-`, with single dots between them",
        )
    })
}
