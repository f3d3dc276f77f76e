//! Variables as plain keys of Redis, which its services read and write too.
//!
//! Who holds a variable is kept in the key `tera-gateway.writer.<name>`. For watching, a connection of its own reads each
//! variable that is watched, and Redis says on it when one of those is not any more what was read.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use redis::{
    Client, PushInfo, PushKind,
    aio::{MultiplexedConnection, SendError},
    cmd,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, interval_at, sleep},
};

use super::{
    PROBE_INTERVAL, RECONNECT_DELAY, commands::Commands, connect_with_pushes, milliseconds, within_time,
};
use crate::bus::{BusError, variables::Source, watchers::Watchers};

const SET: &str = include_str!("scripts/set.lua");
/// Variables that are read at once.
const CHUNK: usize = 100;

pub(super) struct Variables {
    commands: Commands,
    pub(super) watchers: Arc<Watchers>,
    /// Told when there is something to be read.
    changes: Notify,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

impl Variables {
    pub(super) fn new(commands: Commands) -> Self {
        Self { commands, watchers: Arc::default(), changes: Notify::new() }
    }

    /// A key that holds no text counts as not set, as to `MGET`.
    pub(super) async fn get(&self, name: &str) -> Result<Option<Bytes>, BusError> {
        let [value]: [Option<Vec<u8>>; 1] = self.commands.query(cmd("MGET").arg(name)).await?;
        Ok(value.map(Bytes::from))
    }

    pub(super) async fn set(
        &self,
        name: &str,
        value: Option<Bytes>,
        expires_after: Option<Duration>,
        writer: &str,
    ) -> Result<bool, BusError> {
        let mut set = cmd("EVAL");
        set.arg(SET).arg(2).arg(name).arg(format!("tera-gateway.writer.{name}")).arg(writer);
        if let Some(value) = &value {
            set.arg(&value[..]);
            set.arg(expires_after.map(milliseconds));
        }
        self.commands.query(&set).await
    }

    /// Follows the variables that are watched, for ever; connects when there are any.
    pub(super) async fn follow(self: Arc<Self>, client: Client) {
        loop {
            while !self.watchers.are_busy() {
                self.changes.notified().await;
            }
            let error = match self.track(&client).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            tracing::warn!(%error, "could not follow variables");
            sleep(RECONNECT_DELAY).await;
        }
    }

    async fn track(self: &Arc<Self>, client: &Client) -> Result<Infallible, BusError> {
        let (mut connection, mut is_lost) = self.connect(client).await?;
        // What was lost with the connection before is read again.
        self.watchers.doubt(None);
        let mut probe = interval_at(Instant::now() + PROBE_INTERVAL, PROBE_INTERVAL);
        loop {
            for names in self.watchers.take_stale().chunks(CHUNK) {
                let keys: Vec<&str> = names.iter().map(|name| &**name).collect();
                let values: Vec<Option<Vec<u8>>> =
                    within_time(cmd("MGET").arg(keys).query_async(&mut connection)).await?;
                for (name, value) in names.iter().zip(values) {
                    self.watchers.tell(name, value.map(Bytes::from), None);
                }
            }
            tokio::select! {
                () = self.changes.notified() => {}
                _ = is_lost.changed() => return Err(BusError::new("Redis closed the connection")),
                _ = probe.tick() => within_time(cmd("PING").query_async(&mut connection)).await?,
            }
        }
    }

    /// A connection on which Redis tells what has changed, and what is told when it is lost.
    async fn connect(
        self: &Arc<Self>,
        client: &Client,
    ) -> Result<(MultiplexedConnection, watch::Receiver<()>), BusError> {
        let (lost, is_lost) = watch::channel(());
        let this = Arc::downgrade(self);
        let mut connection = connect_with_pushes(client, move |push: PushInfo| {
            let Some(this) = this.upgrade() else { return Err(SendError) };
            match push.kind {
                PushKind::Invalidate => this.invalidate(push.data),
                PushKind::Disconnection => lost.send_replace(()),
                _ => {}
            }
            Ok(())
        })
        .await?;
        let _: redis::Value =
            within_time(cmd("CLIENT").arg("TRACKING").arg("ON").query_async(&mut connection)).await?;
        Ok((connection, is_lost))
    }

    /// `data` is the list of changed keys; nothing instead of a list stands for all keys.
    fn invalidate(&self, data: Vec<redis::Value>) {
        for keys in data {
            match redis::from_redis_value::<Option<Vec<String>>>(keys) {
                Ok(Some(names)) => names.iter().for_each(|name| self.watchers.doubt(Some(name))),
                _ => self.watchers.doubt(None),
            }
        }
        self.changes.notify_one();
    }
}

impl Source for Variables {
    fn refresh(&self) {
        self.changes.notify_one();
    }
}
