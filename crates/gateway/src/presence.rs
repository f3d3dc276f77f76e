//! Who is connected to this gateway, and telling the deployment when that changes.
//!
//! Each gateway counts its own sockets: an identity connected to two gateways is announced by both. What changes while the bus
//! is lost is announced when it is back, as it is by then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tera_protocol::topic::Identity;
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};

use crate::{
    bus::{Bus, BusError},
    clock::Clock,
    config::Account,
    events::{self, USER_MANAGER_EVENTS},
};

/// Announcements that wait for the one under way, which takes a few seconds at most. More are dropped.
const QUEUE: usize = 4096;
/// Between two attempts to announce what could not be announced.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// How many sockets each identity has, if it has any.
type Sockets = Mutex<HashMap<Identity, usize>>;

#[derive(Debug)]
pub(crate) struct Presence {
    sockets: Arc<Sockets>,
    announcements: mpsc::Sender<Announcement>,
}

#[derive(Debug)]
enum Announcement {
    Changed {
        account: Arc<Account>,
        connected: bool,
    },
    /// There was an attempt to announce everything before this.
    Flush(oneshot::Sender<()>),
}

impl Presence {
    /// Starts announcing, until the last clone of the returned value is dropped.
    pub(crate) fn start(bus: Arc<dyn Bus>, clock: Clock) -> Arc<Self> {
        let (announcements, queue) = mpsc::channel(QUEUE);
        let sockets = Arc::<Sockets>::default();
        let announcer = Announcer { bus, clock, sockets: Arc::clone(&sockets), overdue: HashMap::new() };
        tokio::spawn(announcer.run(queue));
        Arc::new(Self { sockets, announcements })
    }

    /// Counts a socket of this account until the returned value is dropped.
    pub(crate) fn attach(self: &Arc<Self>, account: Arc<Account>) -> Attached {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sockets.entry(account.identity()).or_default();
        *count += 1;
        if *count == 1 {
            // Under the lock, so that announcements are in the order of the changes.
            self.announce(&account, true);
        }
        drop(sockets);
        Attached { presence: Arc::clone(self), account }
    }

    /// Waits until all that happened so far was announced, or can't be at the moment.
    pub(crate) async fn flush(&self) {
        let (flushed, wait) = oneshot::channel();
        if self.announcements.send(Announcement::Flush(flushed)).await.is_ok() {
            // An error means that announcing has ended, and with it all there was to announce.
            _ = wait.await;
        }
    }

    fn detach(&self, account: &Arc<Account>) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = sockets.get_mut(&account.identity()) else { return };
        *count -= 1;
        if *count == 0 {
            sockets.remove(&account.identity());
            self.announce(account, false);
        }
    }

    fn announce(&self, account: &Arc<Account>, connected: bool) {
        let announcement = Announcement::Changed { account: Arc::clone(account), connected };
        if self.announcements.try_send(announcement).is_err() {
            tracing::warn!(identity = %account.identity(), connected, "dropped an announcement: too many wait");
        }
    }
}

/// One socket that counts.
#[derive(Debug)]
pub(crate) struct Attached {
    presence: Arc<Presence>,
    account: Arc<Account>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.presence.detach(&self.account);
    }
}

/// Announces one change after the other.
struct Announcer {
    bus: Arc<dyn Bus>,
    clock: Clock,
    sockets: Arc<Sockets>,
    /// Whose last change could not be announced.
    overdue: HashMap<Identity, Arc<Account>>,
}

impl Announcer {
    async fn run(mut self, mut queue: mpsc::Receiver<Announcement>) {
        let mut retry = interval(RETRY_INTERVAL);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                announcement = queue.recv() => match announcement {
                    Some(Announcement::Changed { account, connected }) => self.changed(account, connected).await,
                    Some(Announcement::Flush(flushed)) => {
                        self.catch_up().await;
                        _ = flushed.send(());
                    }
                    None => return,
                },
                _ = retry.tick(), if !self.overdue.is_empty() => self.catch_up().await,
            }
        }
    }

    async fn changed(&mut self, account: Arc<Account>, connected: bool) {
        // While the bus is lost each attempt takes seconds, so there is one for all.
        if self.overdue.is_empty() {
            match self.publish(&account, connected).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "could not announce who comes and goes, and tries again")
                }
            }
        }
        self.overdue.insert(account.identity(), account);
    }

    /// Announces of everybody who is overdue what is true by now, until that fails again.
    async fn catch_up(&mut self) {
        while let Some((&identity, account)) = self.overdue.iter().next() {
            let connected =
                self.sockets.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&identity);
            if let Err(error) = self.publish(account, connected).await {
                tracing::debug!(%error, "could not announce who comes and goes");
                return;
            }
            self.overdue.remove(&identity);
        }
    }

    async fn publish(&self, account: &Account, connected: bool) -> Result<(), BusError> {
        let event = events::presence(account, connected);
        let at = self.clock.unix_seconds();
        events::publish(&*self.bus, USER_MANAGER_EVENTS, vec![event], at).await.map(|_| ())
    }
}
