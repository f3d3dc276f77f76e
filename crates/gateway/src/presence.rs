//! Who is connected to this gateway, and telling the deployment when that changes.
//!
//! Each gateway counts its own sockets: an identity connected to two gateways is announced by both.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tera_protocol::topic::Identity;
use tokio::sync::{mpsc, oneshot};

use crate::{
    bus::Bus,
    clock::Clock,
    config::Account,
    events::{self, USER_MANAGER_EVENTS},
};

/// Announcements that wait for the bus. When it is lost for so long that more wait, further ones are dropped: what
/// they say is stale by then.
const QUEUE: usize = 4096;

#[derive(Debug)]
pub(crate) struct Presence {
    sockets: Mutex<HashMap<Identity, usize>>,
    announcements: mpsc::Sender<Announcement>,
}

#[derive(Debug)]
enum Announcement {
    Changed {
        account: Arc<Account>,
        connected: bool,
    },
    /// Everything before this was announced.
    Flush(oneshot::Sender<()>),
}

impl Presence {
    /// Starts announcing, until the last clone of the returned value is dropped.
    pub(crate) fn start(bus: Arc<dyn Bus>, clock: Clock) -> Arc<Self> {
        let (announcements, queue) = mpsc::channel(QUEUE);
        tokio::spawn(announce(bus, clock, queue));
        Arc::new(Self { sockets: Mutex::default(), announcements })
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

    /// Waits until all that happened so far was announced.
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

async fn announce(bus: Arc<dyn Bus>, clock: Clock, mut queue: mpsc::Receiver<Announcement>) {
    while let Some(announcement) = queue.recv().await {
        match announcement {
            Announcement::Changed { account, connected } => {
                let event = events::presence(&account, connected);
                let published =
                    events::publish(&*bus, USER_MANAGER_EVENTS, vec![event], clock.unix_seconds()).await;
                if let Err(error) = published {
                    tracing::warn!(identity = %account.identity(), connected, %error, "could not announce");
                }
            }
            Announcement::Flush(flushed) => _ = flushed.send(()),
        }
    }
}
