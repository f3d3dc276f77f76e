//! What all sessions of one gateway share.

use std::{collections::HashMap, sync::Arc};

use tera_protocol::topic::Uuid;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    bus::{Bus, BusError},
    clock::Clock,
    config::{Account, Config},
    pending::{self, Pending},
    presence::Presence,
    registry::Registry,
    serving::Serving,
};

/// Replies to calls that wait to be handed on. They are, at once; this is for bursts.
const REPLY_QUEUE: usize = 8192;

#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) config: Config,
    pub(crate) accounts: HashMap<Uuid, Arc<Account>>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: Clock,
    pub(crate) presence: Arc<Presence>,
    pub(crate) pending: Arc<Pending>,
    /// The topic that replies to calls come back on.
    pub(crate) reply_channel: String,
    /// Cancelled when every session must end.
    pub(crate) shutdown: CancellationToken,
    pub(crate) sessions: Registry,
    pub(crate) serving: Arc<Serving>,
    /// The tasks of connections, sockets and sessions.
    pub(crate) tasks: TaskTracker,
}

impl Gateway {
    /// Subscribes to the replies of calls and starts what runs beside the sessions.
    pub(crate) async fn start(config: Config, bus: Arc<dyn Bus>) -> Result<Arc<Self>, BusError> {
        let clock = Clock::start();
        let reply_channel = pending::reply_channel();
        let replies = bus.subscribe(std::slice::from_ref(&reply_channel), REPLY_QUEUE).await?;
        let pending = Arc::new(Pending::default());
        let shutdown = CancellationToken::new();
        let dispatch = pending::dispatch(Arc::clone(&pending), replies);
        tokio::spawn(shutdown.clone().run_until_cancelled_owned(dispatch));
        let accounts =
            config.identities.iter().map(|account| (account.uuid, Arc::new(account.clone()))).collect();
        Ok(Arc::new(Self {
            accounts,
            presence: Presence::start(Arc::clone(&bus), clock),
            pending,
            reply_channel,
            shutdown,
            sessions: Registry::new(config.kept()),
            serving: Arc::default(),
            tasks: TaskTracker::new(),
            config,
            bus,
            clock,
        }))
    }
}
