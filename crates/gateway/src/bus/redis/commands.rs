//! The connection that carries commands, whether one that failed may have been carried out, and whether Redis does its work.

use std::time::Duration;

use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, PushInfo, PushKind, RedisError, ServerErrorKind,
    aio::{MultiplexedConnection, SendError},
    cmd,
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{OPERATION_TIMEOUT, RECONNECT_DELAY, connect_with_pushes, failed, within_time};
use crate::bus::BusError;

/// Longest that a command waits for a connection.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(1);
/// What a probe writes, for a moment.
const PROBE_KEY: &str = "tera-gateway.probe";
const PROBE_LIFE_MS: u32 = 5_000;
/// What a replica says when it is to write.
const REPLICA: ErrorKind = ErrorKind::Server(ServerErrorKind::ReadOnly);

/// Hands commands to the connection that there is. Clones share it.
#[derive(Clone)]
pub(super) struct Commands(watch::Receiver<Connection>);

#[derive(Clone)]
struct Connection {
    redis: MultiplexedConnection,
    is_lost: watch::Sender<bool>,
}

/// Makes another connection when one is lost.
pub(super) struct Keeper {
    client: Client,
    current: watch::Sender<Connection>,
}

impl Commands {
    /// Connects. [`Keeper::run`] keeps it so.
    pub(super) async fn connect(client: &Client) -> Result<(Self, Keeper), BusError> {
        let (current, commands) = watch::channel(connect(client).await?);
        Ok((Self(commands), Keeper { client: client.clone(), current }))
    }

    /// Has Redis carry out a command. An error says whether Redis may have done so.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, BusError> {
        let Connection { mut redis, is_lost } = self.connection().await?;
        // From here on nobody knows how far the command gets.
        let error = match timeout(OPERATION_TIMEOUT, command.query_async(&mut redis)).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if is_of_key(&error) => return Err(failed(error).of_key()),
            Ok(Err(error)) if is_refusal(&error) => return Err(failed(error)),
            Ok(Err(error)) => {
                if error.is_io_error() {
                    is_lost.send_replace(true);
                }
                failed(error)
            }
            Err(_) => {
                is_lost.send_replace(true);
                BusError::new("Redis did not answer in time")
            }
        };
        Err(error.uncertain())
    }

    /// Fails if Redis can't be worked with. A connection that is of no use is replaced.
    pub(super) async fn probe(&self) -> Result<(), BusError> {
        let Connection { mut redis, is_lost } = self.connection().await?;
        probe(&mut redis).await.unwrap_or_else(|reason| {
            is_lost.send_replace(true);
            Err(reason)
        })
    }

    async fn connection(&self) -> Result<Connection, BusError> {
        let mut current = self.0.clone();
        let is_there = |connection: &Connection| !*connection.is_lost.borrow();
        match timeout(CONNECTION_PATIENCE, current.wait_for(is_there)).await {
            Ok(Ok(connection)) => Ok(connection.clone()),
            _ => Err(BusError::new("there is no connection to Redis")),
        }
    }
}

impl Keeper {
    pub(super) async fn run(self) {
        loop {
            let mut is_lost = self.current.borrow().is_lost.subscribe();
            // It can't be gone: `current` has it.
            _ = is_lost.wait_for(|is_lost| *is_lost).await;
            let connection = loop {
                match connect(&self.client).await {
                    Ok(connection) => break connection,
                    Err(error) => tracing::debug!(%error, "could not connect for commands"),
                }
                sleep(RECONNECT_DELAY).await;
            };
            self.current.send_replace(connection);
        }
    }
}

async fn connect(client: &Client) -> Result<Connection, BusError> {
    let is_lost = watch::Sender::new(false);
    let lost = is_lost.clone();
    let redis = connect_with_pushes(client, move |push: PushInfo| {
        if push.kind == PushKind::Disconnection {
            lost.send_replace(true);
        }
        Ok::<(), SendError>(())
    });
    Ok(Connection { redis: redis.await?, is_lost })
}

/// Has Redis write something, as it may answer long after it has come to refuse that. The first error says that the connection
/// is of no use: it is lost, or the Redis behind it is a replica by now, and the name may lead to the one in its place.
pub(super) async fn probe(connection: &mut MultiplexedConnection) -> Result<Result<(), BusError>, BusError> {
    let mut write = cmd("SET");
    write.arg(PROBE_KEY).arg(1).arg("PX").arg(PROBE_LIFE_MS);
    within_time(async {
        match write.query_async(connection).await {
            Err(error) if is_refusal(&error) && error.kind() != REPLICA => Ok(Err(failed(error))),
            answer => answer.map(Ok),
        }
    })
    .await
}

/// Whether it is Redis that said why it has not carried out a command.
pub(super) fn is_refusal(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// Whether it is what a key holds, such as a value of another type, and not the state that all of Redis is in.
fn is_of_key(error: &RedisError) -> bool {
    use ServerErrorKind::{NoPerm, ResponseError};
    matches!(error.kind(), ErrorKind::Server(ResponseError | NoPerm) | ErrorKind::Extension)
}
