//! The connection that carries the subscriptions of the whole process, and who keeps it alive.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::StreamExt as _;
use redis::{
    Client,
    aio::{ConnectionManager, PubSubSink, PubSubStream},
    cmd,
};
use tokio::time::{interval, sleep};

use super::{PROBE_INTERVAL, RECONNECT_DELAY, failed, within_time};
use crate::bus::{
    BusError,
    copies::Copies,
    fanout::{Fanout, Filter},
};

/// The connection.
pub(super) struct Upstream {
    sink: PubSubSink,
    stream: PubSubStream,
    subscribed: HashSet<Filter>,
}

impl Upstream {
    pub(super) async fn connect(client: &Client) -> Result<Self, BusError> {
        let (sink, stream) = within_time(client.get_async_pubsub()).await?.split();
        Ok(Self { sink, stream, subscribed: HashSet::new() })
    }

    async fn subscribe(&mut self, filters: &[Filter]) -> Result<(), BusError> {
        let new = filters.iter().filter(|filter| !self.subscribed.contains(*filter));
        let (topics, patterns) = sorted(new);
        if !topics.is_empty() {
            within_time(self.sink.subscribe(&topics)).await?;
        }
        if !patterns.is_empty() {
            within_time(self.sink.psubscribe(&patterns)).await?;
        }
        self.subscribed.extend(filters.iter().cloned());
        Ok(())
    }

    async fn unsubscribe(&mut self, filters: &[Filter]) -> Result<(), BusError> {
        let old = filters.iter().filter(|filter| self.subscribed.remove(*filter));
        let (topics, patterns) = sorted(old);
        if !topics.is_empty() {
            within_time(self.sink.unsubscribe(&topics)).await?;
        }
        if !patterns.is_empty() {
            within_time(self.sink.punsubscribe(&patterns)).await?;
        }
        Ok(())
    }
}

/// Topics and patterns, as Redis takes them. To Redis a wildcard stands for dots as well: it delivers too much, and the
/// fan-out drops the rest.
fn sorted<'a>(filters: impl Iterator<Item = &'a Filter>) -> (Vec<&'a str>, Vec<&'a str>) {
    let (topics, patterns): (Vec<_>, Vec<_>) = filters.partition(|filter| matches!(filter, Filter::Topic(_)));
    (topics.into_iter().map(Filter::as_str).collect(), patterns.into_iter().map(Filter::as_str).collect())
}

pub(super) struct Supervisor {
    pub(super) client: Client,
    pub(super) commands: ConnectionManager,
    pub(super) fanout: Arc<Fanout>,
    pub(super) healthy: Arc<AtomicBool>,
}

impl Supervisor {
    pub(super) async fn run(self, first: Upstream) {
        let mut next = Some(first);
        loop {
            let upstream = match next.take() {
                Some(upstream) => Ok(upstream),
                None => Upstream::connect(&self.client).await,
            };
            let lost = match upstream {
                Ok(upstream) => self.serve(upstream).await,
                Err(error) => error,
            };
            self.lost(&lost);
            sleep(RECONNECT_DELAY).await;
        }
    }

    /// Runs one connection until it is lost, and says why it was.
    async fn serve(&self, mut upstream: Upstream) -> BusError {
        match self.drive(&mut upstream).await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn drive(&self, upstream: &mut Upstream) -> Result<std::convert::Infallible, BusError> {
        let filters = self.fanout.restart();
        upstream.subscribe(&filters).await?;
        self.fanout.confirm(filters);
        let mut copies = Copies::default();
        let mut probe = interval(PROBE_INTERVAL);
        loop {
            tokio::select! {
                message = upstream.stream.next() => {
                    let message = message.ok_or_else(|| BusError::new("Redis closed the connection"))?;
                    let pattern: Option<String> = message.get_pattern().map_err(failed)?;
                    let topic = message.get_channel_name();
                    if let Some(payload) = copies.first(topic, message.get_payload_bytes(), pattern) {
                        self.fanout.publish(topic, payload);
                    }
                }
                () = self.fanout.changes.notified() => self.reconcile(upstream).await?,
                _ = probe.tick() => self.probe(upstream).await?,
            }
        }
    }

    /// Brings the subscriptions in Redis in line with those in this process.
    async fn reconcile(&self, upstream: &mut Upstream) -> Result<(), BusError> {
        let (wanted, unwanted): (Vec<_>, Vec<_>) =
            self.fanout.take_changed().into_iter().partition(|(_, wanted)| *wanted);
        let [wanted, unwanted] = [wanted, unwanted]
            .map(|filters| filters.into_iter().map(|(filter, _)| filter).collect::<Vec<Filter>>());
        upstream.subscribe(&wanted).await?;
        self.fanout.confirm(wanted);
        upstream.unsubscribe(&unwanted).await
    }

    /// Fails if the subscriptions are lost. The connection for commands comes back by itself.
    async fn probe(&self, upstream: &mut Upstream) -> Result<(), BusError> {
        let _: redis::Value = within_time(upstream.sink.ping()).await?;
        let answer = within_time(cmd("PING").query_async::<redis::Value>(&mut self.commands.clone())).await;
        match answer {
            Ok(_) if !self.healthy.swap(true, Ordering::Relaxed) => tracing::info!("the message bus is back"),
            Ok(_) => {}
            Err(reason) => self.lost(&reason),
        }
        Ok(())
    }

    fn lost(&self, reason: &BusError) {
        if self.healthy.swap(false, Ordering::Relaxed) {
            tracing::error!(%reason, "lost the message bus");
        }
    }
}
