//! Queues as Redis streams, each with one consumer group. All gateways, and whoever else, work on them together.
//!
//! A job is an entry of the stream `tera-gateway.queue.<name>`, with what was produced in its field `item`. A gateway is one
//! consumer of the group; [`Reader`](super::reader::Reader) reads for all who consume through it. What is given back
//! belongs to a consumer of the group that nobody is, until somebody claims it. What takes more than one command is a
//! script, so that nobody sees it half done.

use std::{fmt, sync::Arc, time::Duration};

use redis::{FromRedisValue, cmd};
use tokio::sync::Notify;

use super::{commands::Commands, milliseconds};
use crate::bus::{
    BusError, BusFuture,
    consumers::{Consumers, Held},
    queues::{Backend, Job, QueuePolicy, dead_letters},
};

/// The one consumer group.
pub(super) const GROUP: &str = "tera-gateway";
/// The consumer of the group that has what was given back.
const RETURNED: &str = "returned";
/// Where gateways tell each other the queues into which something was given back.
pub(super) const RETURNS: &str = "tera-gateway.returns";
/// How long a consumer of a group has to be idle, and without jobs, to be forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);

const PRODUCE: &str = include_str!("scripts/produce.lua");
const OPEN: &str = include_str!("scripts/open.lua");
const ACKNOWLEDGE: &str = concat!(include_str!("scripts/owned.lua"), include_str!("scripts/acknowledge.lua"));
const KEEP: &str = concat!(include_str!("scripts/owned.lua"), include_str!("scripts/keep.lua"));
const CLAIM: &str = concat!(include_str!("scripts/bury.lua"), include_str!("scripts/claim.lua"));
const PUT_BACK: &str = concat!(
    include_str!("scripts/owned.lua"),
    include_str!("scripts/bury.lua"),
    include_str!("scripts/put_back.lua")
);

/// The stream of a queue.
pub(super) fn stream(queue: &str) -> String {
    format!("tera-gateway.queue.{queue}")
}

pub(super) struct Queues {
    commands: Commands,
    /// This gateway's name in the group.
    pub(super) name: String,
    pub(super) consumers: Arc<Consumers>,
    /// Told when consumers have room, or have given something back.
    pub(super) changes: Notify,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queues").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A script, and the queue's stream.
fn script(script: &str, queue: &str) -> redis::Cmd {
    let mut command = cmd("EVAL");
    command.arg(script).arg(1).arg(stream(queue));
    command
}

/// A script, the queue's stream, and that of its dead letters.
fn script_with_dead(script: &str, queue: &str) -> redis::Cmd {
    let mut command = cmd("EVAL");
    command.arg(script).arg(2).arg(stream(queue)).arg(stream(&dead_letters(queue)));
    command
}

impl Queues {
    pub(super) fn new(commands: Commands) -> Self {
        Self {
            commands,
            name: format!("gateway-{:032x}", rand::random::<u128>()),
            consumers: Arc::default(),
            changes: Notify::new(),
        }
    }

    pub(super) async fn command<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, BusError> {
        self.commands.query(command).await
    }

    pub(super) async fn produce(
        &self,
        queue: &str,
        item: &[u8],
        max_jobs: usize,
    ) -> Result<Option<String>, BusError> {
        self.command(script(PRODUCE, queue).arg(item).arg(max_jobs)).await
    }

    /// Makes sure that a queue has its group.
    pub(super) async fn open(&self, queue: &str) -> Result<(), BusError> {
        let forgotten = milliseconds(FORGOTTEN_AFTER);
        self.command(script(OPEN, queue).arg(GROUP).arg(forgotten)).await
    }

    /// Shows that the consumers of jobs are alive, and lets go of jobs that others have got meanwhile.
    pub(super) async fn keep(&self) -> Result<(), BusError> {
        for (queue, jobs) in self.consumers.held() {
            let mut keep = script(KEEP, &queue);
            let lost: Vec<String> = match self.command(keep.arg(GROUP).arg(&self.name).arg(jobs)).await {
                Err(error) if error.is_of_key() => {
                    tracing::warn!(queue = &*queue, %error, "could not keep jobs");
                    continue;
                }
                lost => lost?,
            };
            if !lost.is_empty() {
                // Some of them may just have been acknowledged.
                tracing::debug!(
                    queue = &*queue,
                    jobs = lost.len(),
                    "other consumers may have got jobs of this gateway's"
                );
                self.consumers.lose(&queue, &lost);
            }
        }
        Ok(())
    }

    /// Takes so many jobs that were given back, or, unless `silence` is `None`, whose consumer was silent for so long.
    pub(super) async fn claim(
        &self,
        queue: &Arc<str>,
        count: usize,
        policy: QueuePolicy,
        silence: Option<Duration>,
    ) -> Result<Vec<Job>, BusError> {
        let silence = milliseconds(silence.unwrap_or(Duration::MAX));
        let mut claim = script_with_dead(CLAIM, queue);
        claim.arg(GROUP).arg(&self.name).arg(count).arg(RETURNED).arg(silence);
        let claimed: Vec<(String, u32, Vec<u8>)> =
            self.command(claim.arg(policy.max_attempts).arg(policy.max_jobs)).await?;
        let job = |(id, attempt, item): (_, _, Vec<u8>)| Job {
            queue: Arc::clone(queue),
            id,
            attempt,
            item: item.into(),
        };
        Ok(claimed.into_iter().map(job).collect())
    }

    async fn put_back(&self, held: &Held) -> Result<(), BusError> {
        let Held { job, policy, .. } = held;
        let mut put_back = script_with_dead(PUT_BACK, &job.queue);
        put_back.arg(GROUP).arg(&self.name).arg(&job.id).arg(held.attempts());
        put_back.arg(policy.max_attempts).arg(policy.max_jobs).arg(RETURNED).arg(RETURNS).arg(&*job.queue);
        if self.command(&put_back).await? {
            tracing::warn!(queue = &*job.queue, job = job.id, "gave up on a job");
        }
        Ok(())
    }
}

impl Backend for Queues {
    fn changed(&self) {
        self.changes.notify_one();
    }

    fn acknowledge<'a>(&'a self, _: u64, queue: &'a str, id: &'a str) -> BusFuture<'a, bool> {
        Box::pin(
            async move { self.command(script(ACKNOWLEDGE, queue).arg(GROUP).arg(&self.name).arg(id)).await },
        )
    }

    fn put_back(&self) -> BusFuture<'_, ()> {
        Box::pin(async move {
            let mut returned = self.consumers.take_returned().into_iter();
            while let Some(held) = returned.next() {
                match self.put_back(&held).await {
                    // In Redis it still is this gateway's, if not put back, and goes to others as if that were gone.
                    Err(error) if error.is_of_key() => {
                        let Job { queue, id, .. } = &held.job;
                        tracing::warn!(queue = &**queue, job = id, %error, "could not put a job back, or give it up");
                    }
                    Err(error) => {
                        self.consumers.keep_returned([held].into_iter().chain(returned));
                        return Err(error);
                    }
                    Ok(()) => {}
                }
            }
            Ok(())
        })
    }
}
