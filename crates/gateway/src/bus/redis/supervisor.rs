//! The connection that carries the subscriptions of the whole process, and who keeps it alive.

use std::{
    collections::{HashMap, HashSet},
    slice,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use redis::{
    Client, PushInfo, PushKind, RedisError, Value,
    aio::{MultiplexedConnection, SendError},
};
use tokio::{
    sync::watch,
    time::{interval, sleep, timeout},
};

use super::{
    OPERATION_TIMEOUT, PROBE_INTERVAL, RECONNECT_DELAY,
    commands::{self, Commands, is_refusal},
    connect_with_pushes, failed, within_time,
};
use crate::bus::{
    BusError,
    copies::Copies,
    fanout::{Fanout, Filter},
};

/// The connection. What Redis sends on it goes to the fan-out as it is read, so nothing waits between them: while the
/// gateway has no time, Redis keeps it, or closes the connection.
pub(super) struct Upstream {
    connection: MultiplexedConnection,
    is_lost: watch::Receiver<()>,
    subscribed: HashSet<Filter>,
    /// What is read after this is gone goes nowhere.
    _heard: Arc<()>,
}

impl Upstream {
    pub(super) async fn connect(client: &Client, fanout: &Arc<Fanout>) -> Result<Self, BusError> {
        let (lost, is_lost) = watch::channel(());
        let (heard, fanout) = (Arc::new(()), Arc::clone(fanout));
        let is_heard = Arc::downgrade(&heard);
        let copies = Mutex::new(Copies::default());
        let connection = connect_with_pushes(client, move |push: PushInfo| {
            if is_heard.strong_count() == 0 {
                return Err(SendError);
            }
            let mut copies = copies.lock().unwrap_or_else(PoisonError::into_inner);
            match push.kind {
                PushKind::Message | PushKind::PMessage => match received(&push.data) {
                    Some((topic, payload, pattern)) => {
                        if let Some(payload) = copies.first(topic, payload, pattern) {
                            fanout.publish(topic, payload);
                        }
                    }
                    None => tracing::warn!("dropped a message whose topic is no text"),
                },
                PushKind::Subscribe
                | PushKind::PSubscribe
                | PushKind::Unsubscribe
                | PushKind::PUnsubscribe => copies.reset(),
                PushKind::Disconnection => lost.send_replace(()),
                _ => {}
            }
            Ok(())
        });
        Ok(Self { connection: connection.await?, is_lost, subscribed: HashSet::new(), _heard: heard })
    }

    /// Subscribes to these. Gives those that Redis refuses, each with the reason; an error means that the connection is lost.
    async fn subscribe(&mut self, filters: &[Filter]) -> Result<HashMap<Filter, BusError>, BusError> {
        let new: Vec<_> =
            filters.iter().filter(|filter| !self.subscribed.contains(*filter)).cloned().collect();
        let mut refused = HashMap::new();
        if self.subscribe_to_all(&new).await?.is_some() {
            for filter in new {
                if let Some(reason) = self.subscribe_to_all(slice::from_ref(&filter)).await? {
                    refused.insert(filter, reason);
                }
            }
        }
        Ok(refused)
    }

    /// Gives a reason if Redis refuses one of them. The others may have been subscribed to then, or not.
    async fn subscribe_to_all(&mut self, filters: &[Filter]) -> Result<Option<BusError>, BusError> {
        let (topics, patterns) = sorted(filters.iter());
        let subscribing = async {
            if !topics.is_empty() {
                self.connection.subscribe(&topics).await?;
            }
            if !patterns.is_empty() {
                self.connection.psubscribe(&patterns).await?;
            }
            Ok::<_, RedisError>(())
        };
        match timeout(OPERATION_TIMEOUT, subscribing).await {
            Ok(Ok(())) => self.subscribed.extend(filters.iter().cloned()),
            Ok(Err(error)) if is_refusal(&error) => return Ok(Some(failed(error).of_key())),
            Ok(Err(error)) => return Err(failed(error)),
            Err(_) => return Err(BusError::new("Redis did not answer in time")),
        }
        Ok(None)
    }

    async fn unsubscribe(&mut self, filters: &[Filter]) -> Result<(), BusError> {
        let old = filters.iter().filter(|filter| self.subscribed.remove(*filter));
        let (topics, patterns) = sorted(old);
        if !topics.is_empty() {
            within_time(self.connection.unsubscribe(&topics)).await?;
        }
        if !patterns.is_empty() {
            within_time(self.connection.punsubscribe(&patterns)).await?;
        }
        Ok(())
    }
}

/// Topic and content of what Redis sends for a subscription, and its pattern if it was to one.
fn received(data: &[Value]) -> Option<(&str, &[u8], Option<String>)> {
    let text = |bytes: &'_ [u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    match data {
        [Value::BulkString(topic), Value::BulkString(payload)] => {
            Some((std::str::from_utf8(topic).ok()?, payload, None))
        }
        [Value::BulkString(pattern), Value::BulkString(topic), Value::BulkString(payload)] => {
            Some((std::str::from_utf8(topic).ok()?, payload, Some(text(pattern)?)))
        }
        _ => None,
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
    pub(super) commands: Commands,
    pub(super) fanout: Arc<Fanout>,
    pub(super) healthy: Arc<AtomicBool>,
}

impl Supervisor {
    pub(super) async fn run(self, first: Upstream) {
        let mut next = Some(first);
        loop {
            let upstream = match next.take() {
                Some(upstream) => Ok(upstream),
                None => Upstream::connect(&self.client, &self.fanout).await,
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
        // A replica would take the subscriptions too.
        _ = commands::probe(&mut upstream.connection).await?;
        let filters = self.fanout.restart();
        self.subscribe(upstream, filters).await?;
        let mut probe = interval(PROBE_INTERVAL);
        loop {
            tokio::select! {
                _ = upstream.is_lost.changed() => return Err(BusError::new("Redis closed the connection")),
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
        self.subscribe(upstream, wanted).await?;
        upstream.unsubscribe(&unwanted).await
    }

    /// Subscribes to these in Redis and says in this process how that went.
    async fn subscribe(&self, upstream: &mut Upstream, mut filters: Vec<Filter>) -> Result<(), BusError> {
        let refused = upstream.subscribe(&filters).await?;
        for (filter, reason) in &refused {
            tracing::warn!(filter = filter.as_str(), %reason, "could not subscribe");
        }
        filters.retain(|filter| !refused.contains_key(filter));
        self.fanout.refuse(refused);
        self.fanout.confirm(filters);
        Ok(())
    }

    /// Fails if the subscriptions are lost. The connection for commands comes back by itself; it is the one that has to write.
    async fn probe(&self, upstream: &mut Upstream) -> Result<(), BusError> {
        _ = commands::probe(&mut upstream.connection).await?;
        match self.commands.probe().await {
            Ok(()) if !self.healthy.swap(true, Ordering::Relaxed) => {
                tracing::info!("the message bus is back")
            }
            Ok(()) => {}
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
