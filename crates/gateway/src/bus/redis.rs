//! The bus of an OpenTera deployment: Redis.
//!
//! One connection carries commands, one the subscriptions of the whole process, each topic once; a supervisor keeps
//! the second one alive, subscribes again after a loss and notices a connection that has gone silent. What was
//! published in between is lost, as Redis keeps nothing; its subscribers are told. Queues and variables have a connection
//! each as soon as something is consumed or watched.

mod commands;
mod queues;
mod reader;
mod supervisor;
mod variables;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, ProtocolVersion,
    aio::{AsyncPushSender, MultiplexedConnection},
    cmd,
};
use tokio::{task::JoinHandle, time::timeout};

use self::{
    commands::Commands,
    reader::Reader,
    supervisor::{Supervisor, Upstream},
};
use super::{
    Bus, BusError, BusFuture, Consumer, Queues, Subscription, Variables, Watcher, fanout::Fanout,
    queues::Backend, variables::Source,
};

/// Longest that an operation takes before it fails.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// How often both connections must show that they live, and lead to a Redis that writes.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// Between two attempts to connect: often enough that an outage ends within a second of Redis' return.
const RECONNECT_DELAY: Duration = Duration::from_millis(250);
/// Keeps tickets apart from everything else in the deployment's Redis: the key comes from a URL, and taking it
/// deletes it.
const TICKET_PREFIX: &str = "tera-gateway.ticket.";
const TAKE_LOGIN: &str = include_str!("redis/scripts/take_login.lua");
/// A login of OpenTera can be used for 60 s.
const MAX_LOGIN_MS: u32 = 120_000;

/// Returns of jobs that wait to be noticed. More are found a little later.
const RETURNS_QUEUE: usize = 1024;

/// A connection to a Redis server. Dropping it ends what keeps it going.
pub struct Redis {
    commands: Commands,
    fanout: Arc<Fanout>,
    healthy: Arc<AtomicBool>,
    queues: Arc<queues::Queues>,
    variables: Arc<variables::Variables>,
    tasks: [JoinHandle<()>; 4],
}

impl Redis {
    /// Connects. `url` is `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    ///
    /// A malformed URL, or no Redis there within three seconds.
    pub async fn connect(url: &str) -> Result<Self, BusError> {
        let client = Client::open(url).map_err(failed)?;
        let (commands, keeper) = Commands::connect(&client).await?;
        let fanout = Fanout::new(true);
        let upstream = Upstream::connect(&client, &fanout).await?;
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
        let tasks = [
            tokio::spawn(keeper.run()),
            tokio::spawn(supervisor.run(upstream)),
            tokio::spawn(reader.run()),
            tokio::spawn(follower),
        ];
        Ok(Self { commands, fanout, healthy, queues, variables, tasks })
    }

    async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BusError> {
        self.commands.query(command).await
    }
}

/// A connection on which Redis also says what it was not asked, as version 3 of its protocol has it.
async fn connect_with_pushes(
    client: &Client,
    sender: impl AsyncPushSender,
) -> Result<MultiplexedConnection, BusError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(OPERATION_TIMEOUT))
        .set_response_timeout(Some(OPERATION_TIMEOUT))
        .set_push_sender(sender);
    let info = client.get_connection_info();
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let client = Client::open(info.clone().set_redis_settings(settings)).map_err(failed)?;
    within_time(client.get_multiplexed_async_connection_with_config(&config)).await
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

    fn listeners<'a>(&'a self, topic: &'a str) -> BusFuture<'a, u64> {
        Box::pin(async move {
            let (_, count): (String, u64) = self.command(cmd("PUBSUB").arg("NUMSUB").arg(topic)).await?;
            Ok(count)
        })
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

    fn take_login<'a>(&'a self, key: &'a str) -> BusFuture<'a, Option<String>> {
        Box::pin(
            async move { self.command(cmd("EVAL").arg(TAKE_LOGIN).arg(1).arg(key).arg(MAX_LOGIN_MS)).await },
        )
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

    fn check<'a>(&'a self, queue: &'a str) -> BusFuture<'a, ()> {
        Box::pin(self.queues.open(queue))
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
