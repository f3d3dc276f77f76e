//! Reads jobs for the consumers of this process, on a connection of its own, because reading blocks it.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use redis::{
    AsyncConnectionConfig, Client,
    aio::MultiplexedConnection,
    cmd,
    streams::{StreamId, StreamKey, StreamReadReply},
};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{
    OPERATION_TIMEOUT, RECONNECT_DELAY, failed, milliseconds,
    queues::{GROUP, Queues, stream},
    within_time,
};
use crate::bus::{
    BusError, Subscription,
    queues::{Backend as _, Job, QueuePolicy},
    subscription::Received,
};

/// Longest time between two signs of life; a third of the shortest time after which one is missed.
const LONGEST_ROUND: Duration = Duration::from_secs(1);
const SHORTEST_ROUND: Duration = Duration::from_millis(10);
/// After a loss, the gateways find Redis at different times. Until they have, nobody's silence counts.
const GRACE: Duration = Duration::from_secs(2);
/// Between two attempts to interrupt a read that may not have begun.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(2);

/// How many more jobs of each queue can be handed out, and how it deals with them.
type Rooms = HashMap<Arc<str>, (usize, QueuePolicy)>;

pub(super) struct Reader {
    pub(super) client: Client,
    pub(super) queues: Arc<Queues>,
    /// Of the queues into which something was given back.
    pub(super) returns: Subscription,
}

/// What one connection reads.
struct Reading {
    connection: MultiplexedConnection,
    /// Its number in Redis.
    id: u64,
    /// Queues that have their group.
    open: HashSet<Arc<str>>,
    /// Queues in which something may wait that was given back.
    claimable: HashSet<Arc<str>>,
    /// Queues that are left alone until the next round, because Redis can't work on them.
    skipped: HashSet<Arc<str>>,
    /// Those of which that was logged.
    refused: HashSet<Arc<str>>,
    /// When this gateway shows next that it is alive.
    round: Instant,
    /// From when on the silence of others counts.
    grace: Instant,
}

impl Reader {
    /// Reads for ever; connects when there is a consumer.
    pub(super) async fn run(mut self) {
        let mut grace = Duration::ZERO;
        loop {
            while !self.queues.consumers.are_busy() {
                self.queues.changes.notified().await;
            }
            let error = match self.connect(grace).await {
                Ok(mut reading) => match self.read(&mut reading).await {
                    Ok(never) => match never {},
                    Err(error) => error,
                },
                Err(error) => error,
            };
            tracing::warn!(%error, "could not read queues");
            grace = GRACE;
            sleep(RECONNECT_DELAY).await;
        }
    }

    async fn connect(&self, grace: Duration) -> Result<Reading, BusError> {
        // A read may take as long as it blocks; who reads keeps the time.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(OPERATION_TIMEOUT))
            .set_response_timeout(None);
        let mut connection =
            within_time(self.client.get_multiplexed_async_connection_with_config(&config)).await?;
        let id = within_time(cmd("CLIENT").arg("ID").query_async(&mut connection)).await?;
        let now = Instant::now();
        let (open, claimable, skipped, refused) = Default::default();
        Ok(Reading { connection, id, open, claimable, skipped, refused, round: now, grace: now + grace })
    }

    async fn read(&mut self, reading: &mut Reading) -> Result<Infallible, BusError> {
        loop {
            self.queues.put_back().await?;
            if reading.round <= Instant::now() {
                self.queues.keep().await?;
                reading.round = Instant::now() + self.round();
                reading.open.retain(|queue| self.queues.consumers.is_consumed(queue));
                reading.claimable = reading.open.clone();
                reading.skipped.clear();
                reading.refused.retain(|queue| self.queues.consumers.is_consumed(queue));
            }
            self.claim_all(reading).await?;
            let rooms = self.rooms(reading);
            let Some(count) = rooms.values().map(|(room, _)| *room).min() else {
                tokio::select! {
                    () = self.queues.changes.notified() => {}
                    () = sleep_until(reading.round) => {}
                    returned = self.returns.receive() => note(reading, returned),
                }
                continue;
            };
            for job in self.read_new(reading, &rooms, count).await? {
                if let Some((_, policy)) = rooms.get(&job.queue) {
                    self.queues.consumers.offer_or_return(job, *policy);
                }
            }
        }
    }

    fn round(&self) -> Duration {
        let shortest = self.queues.consumers.shortest_timeout();
        shortest.map_or(LONGEST_ROUND, |shortest| (shortest / 3).clamp(SHORTEST_ROUND, LONGEST_ROUND))
    }

    /// How many more jobs can be handed out, of the queues that are not skipped.
    fn rooms(&self, reading: &Reading) -> Rooms {
        let mut rooms = self.queues.consumers.rooms();
        rooms.retain(|queue, _| !reading.skipped.contains(queue));
        rooms
    }

    /// Takes what was given back before anything new, and what others were silent about. A queue on which Redis can't work
    /// does not keep the others waiting.
    async fn claim_all(&self, reading: &mut Reading) -> Result<(), BusError> {
        for (queue, (room, policy)) in self.rooms(reading) {
            match self.claim(reading, &queue, room, policy).await {
                Ok(()) => _ = reading.refused.remove(&queue),
                Err(error) if error.is_of_key() => {
                    if reading.refused.insert(Arc::clone(&queue)) {
                        tracing::warn!(queue = &*queue, %error, "could not work on a queue, and goes on trying");
                    }
                    reading.open.remove(&queue);
                    reading.skipped.insert(queue);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn claim(
        &self,
        reading: &mut Reading,
        queue: &Arc<str>,
        room: usize,
        policy: QueuePolicy,
    ) -> Result<(), BusError> {
        if reading.open.insert(Arc::clone(queue)) {
            self.queues.open(queue).await?;
            reading.claimable.insert(Arc::clone(queue));
        }
        if !reading.claimable.contains(queue) {
            return Ok(());
        }
        let silence = (reading.grace <= Instant::now()).then_some(policy.ack_timeout);
        let jobs = self.queues.claim(queue, room, policy, silence).await?;
        if jobs.len() < room {
            reading.claimable.remove(queue);
        }
        for job in jobs {
            self.queues.consumers.offer_or_return(job, policy);
        }
        Ok(())
    }

    /// Waits for new jobs, at most `count` of each queue, but not for longer than a round.
    async fn read_new(
        &mut self,
        reading: &mut Reading,
        rooms: &Rooms,
        count: usize,
    ) -> Result<Vec<Job>, BusError> {
        let block = reading.round.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let streams: Vec<String> = rooms.keys().map(|queue| stream(queue)).collect();
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg(&self.queues.name).arg("COUNT").arg(count);
        read.arg("BLOCK").arg(milliseconds(block)).arg("STREAMS").arg(&streams).arg(vec![">"; streams.len()]);
        let mut connection = reading.connection.clone();
        let reply = pin!(async {
            let reply = timeout(block + OPERATION_TIMEOUT, read.query_async(&mut connection)).await;
            reply.map_err(|_| BusError::new("Redis did not answer in time"))?.map_err(failed)
        });
        let reply: Option<StreamReadReply> = self.finish(reply, reading, rooms, count).await?;
        let mut jobs = Vec::new();
        for StreamKey { key, ids } in reply.map(|reply| reply.keys).unwrap_or_default() {
            if let Some(queue) = rooms.keys().find(|queue| stream(queue) == key) {
                jobs.extend(ids.into_iter().map(|entry| job(queue, entry)));
            }
        }
        Ok(jobs)
    }

    /// Waits for what is being read, and interrupts it when something else should be read.
    async fn finish<T>(
        &mut self,
        mut reply: Pin<&mut impl Future<Output = Result<T, BusError>>>,
        reading: &mut Reading,
        rooms: &Rooms,
        count: usize,
    ) -> Result<T, BusError> {
        while !self.is_outdated(reading, rooms, count) {
            tokio::select! {
                biased;
                reply = &mut reply => return reply,
                () = self.queues.changes.notified() => {}
                returned = self.returns.receive() => note(reading, returned),
            }
        }
        let mut unblock = cmd("CLIENT");
        unblock.arg("UNBLOCK").arg(reading.id);
        loop {
            // Redis answers 0 if the read has ended, or has not yet begun.
            self.queues.command::<u64>(&unblock).await?;
            tokio::select! {
                biased;
                reply = &mut reply => return reply,
                () = sleep(INTERRUPT_INTERVAL) => {}
            }
        }
    }

    /// Whether what is being read is not what should be.
    fn is_outdated(&self, reading: &Reading, rooms: &Rooms, count: usize) -> bool {
        let now = self.rooms(reading);
        let grew = now.keys().any(|queue| !rooms.contains_key(queue) || reading.claimable.contains(queue));
        let shrank = rooms.keys().any(|queue| now.get(queue).is_none_or(|(room, _)| *room < count));
        grew || shrank || self.queues.consumers.have_returned()
    }
}

fn job(queue: &Arc<str>, entry: StreamId) -> Job {
    let item = entry.get::<Vec<u8>>("item").map(Bytes::from).unwrap_or_default();
    Job { queue: Arc::clone(queue), id: entry.id, attempt: 1, item }
}

/// Remembers in which queue something was given back.
fn note(reading: &mut Reading, returned: Received) {
    // What was lost or missed is found in the next round.
    if let Received::Message(message) = returned
        && let Ok(queue) = str::from_utf8(message.payload())
        && let Some(queue) = reading.open.get(queue)
    {
        reading.claimable.insert(Arc::clone(queue));
    }
}
