//! The bus of an OpenTera deployment: Redis.
//!
//! One connection carries commands, one the subscriptions of the whole process, each topic once; a supervisor keeps
//! the second one alive, subscribes again after a loss and notices a connection that has gone silent. What was
//! published in between is lost, as Redis keeps nothing; its subscribers are told. Queues and variables have a connection
//! each as soon as something is consumed or watched.

mod queues;
mod reader;
mod variables;

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use redis::{
    Client, Cmd, FromRedisValue,
    aio::{ConnectionManager, ConnectionManagerConfig, PubSubSink, PubSubStream},
    cmd,
};
use tokio::{
    task::JoinHandle,
    time::{interval, sleep, timeout},
};

use self::reader::Reader;
use super::{
    Bus, BusError, BusFuture, Consumer, Queues, Subscription, Variables, Watcher,
    copies::Copies,
    fanout::{Fanout, Filter},
    queues::Backend,
    variables::Source,
};

/// Longest that an operation takes before it fails.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// How often both connections must show that they live.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// Between two attempts to connect: often enough that an outage ends within a second of Redis' return.
const RECONNECT_DELAY: Duration = Duration::from_millis(250);
/// Keeps tickets apart from everything else in the deployment's Redis: the key comes from a URL, and taking it
/// deletes it.
const TICKET_PREFIX: &str = "tera-gateway.ticket.";

/// Returns of jobs that wait to be noticed. More are found a little later.
const RETURNS_QUEUE: usize = 1024;

/// A connection to a Redis server. Dropping it ends what keeps it going.
pub struct Redis {
    commands: ConnectionManager,
    fanout: Arc<Fanout>,
    healthy: Arc<AtomicBool>,
    queues: Arc<queues::Queues>,
    variables: Arc<variables::Variables>,
    tasks: [JoinHandle<()>; 3],
}

impl Redis {
    /// Connects. `url` is `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    ///
    /// A malformed URL, or no Redis there within three seconds.
    pub async fn connect(url: &str) -> Result<Self, BusError> {
        let client = Client::open(url).map_err(failed)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(OPERATION_TIMEOUT))
            .set_response_timeout(Some(OPERATION_TIMEOUT))
            .set_max_delay(RECONNECT_DELAY);
        let connect = client.get_connection_manager_with_config(config);
        let commands = within_time(connect).await?;
        let upstream = Upstream::connect(&client).await?;
        let fanout = Fanout::new(true);
        let healthy = Arc::new(AtomicBool::new(true));
        let queues = Arc::new(queues::Queues::new(commands.clone()));
        let variables = Arc::new(variables::Variables::new(commands.clone()));
        let returns = fanout.subscribe(&[queues::RETURNS.to_owned()], RETURNS_QUEUE);
        let reader = Reader { client: client.clone(), queues: Arc::clone(&queues), returns };
        let follower = Arc::clone(&variables).follow(client.clone());
        let supervisor = Supervisor {
            client,
            commands: commands.clone(),
            fanout: Arc::clone(&fanout),
            healthy: Arc::clone(&healthy),
        };
        let tasks =
            [tokio::spawn(supervisor.run(upstream)), tokio::spawn(reader.run()), tokio::spawn(follower)];
        Ok(Self { commands, fanout, healthy, queues, variables, tasks })
    }

    async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BusError> {
        within_time(command.query_async(&mut self.commands.clone())).await
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("healthy", &self.healthy).finish_non_exhaustive()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Bus for Redis {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BusFuture<'a, u64> {
        Box::pin(async move { self.command(cmd("PUBLISH").arg(topic).arg(&payload[..])).await })
    }

    fn subscribe<'a>(&'a self, topics: &'a [String], capacity: usize) -> BusFuture<'a, Subscription> {
        Box::pin(async move {
            let subscription = self.fanout.subscribe(topics, capacity);
            subscription.confirmed().await?;
            Ok(subscription)
        })
    }

    fn store_ticket<'a>(&'a self, key: &'a str, value: &'a str, ttl: Duration) -> BusFuture<'a, ()> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(format!("{TICKET_PREFIX}{key}")).arg(value).arg("PX").arg(milliseconds(ttl));
            self.command(&set).await
        })
    }

    fn take_ticket<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        Box::pin(async move { self.command(cmd("GETDEL").arg(format!("{TICKET_PREFIX}{key}"))).await })
    }

    fn queues(&self) -> &dyn Queues {
        self
    }

    fn variables(&self) -> &dyn Variables {
        self
    }

    fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }
}

impl Queues for Redis {
    fn produce<'a>(&'a self, queue: &'a str, item: Bytes, max_jobs: usize) -> BusFuture<'a, Option<String>> {
        Box::pin(async move { self.queues.produce(queue, &item, max_jobs).await })
    }

    fn consumer(&self) -> Consumer {
        let consumers = Arc::clone(&self.queues.consumers);
        Consumer::new(consumers, Arc::clone(&self.queues) as Arc<dyn Backend>)
    }
}

impl Variables for Redis {
    fn get<'a>(&'a self, name: &'a str) -> BusFuture<'a, Option<Bytes>> {
        Box::pin(self.variables.get(name))
    }

    fn set<'a>(
        &'a self,
        name: &'a str,
        value: Option<Bytes>,
        expires_after: Option<Duration>,
        writer: &'a str,
    ) -> BusFuture<'a, bool> {
        Box::pin(self.variables.set(name, value, expires_after, writer))
    }

    fn watcher(&self) -> Watcher {
        let watchers = Arc::clone(&self.variables.watchers);
        Watcher::new(watchers, Arc::clone(&self.variables) as Arc<dyn Source>)
    }
}

/// A time as Redis takes it: in whole milliseconds, 1 at least.
fn milliseconds(time: Duration) -> u64 {
    // Redis adds it to its own clock, within 63 bits.
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, u64::MAX >> 2)
}

fn failed(error: impl fmt::Display) -> BusError {
    BusError::new(error.to_string())
}

async fn within_time<T, E: fmt::Display>(
    operation: impl Future<Output = Result<T, E>>,
) -> Result<T, BusError> {
    match timeout(OPERATION_TIMEOUT, operation).await {
        Ok(result) => result.map_err(failed),
        Err(_) => Err(BusError::new("Redis did not answer in time")),
    }
}

/// The connection that carries the subscriptions.
struct Upstream {
    sink: PubSubSink,
    stream: PubSubStream,
    subscribed: HashSet<Filter>,
}

impl Upstream {
    async fn connect(client: &Client) -> Result<Self, BusError> {
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

struct Supervisor {
    client: Client,
    commands: ConnectionManager,
    fanout: Arc<Fanout>,
    healthy: Arc<AtomicBool>,
}

impl Supervisor {
    async fn run(self, first: Upstream) {
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
