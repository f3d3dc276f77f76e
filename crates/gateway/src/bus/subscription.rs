//! The receiving end of the fan-out.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    BusError, Delivery,
    fanout::{Fanout, Filter, Subscriber},
};

/// Longest that a subscription takes to be confirmed before it fails.
const CONFIRMATION_TIMEOUT: Duration = Duration::from_secs(3);

/// What a subscriber gets.
#[derive(Clone, Debug)]
pub enum Received {
    /// A message.
    Message(Delivery),
    /// So many messages of this topic were dropped, here, because the subscriber did not keep up.
    Missed(Arc<str>, u64),
    /// The bus was lost: nobody knows what was published between the message before this and the one after.
    Lost,
}

/// A bounded queue of what is published on some topics. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    subscriber: Subscriber,
    filters: HashSet<Filter>,
    fanout: Arc<Fanout>,
}

impl Subscription {
    pub(super) fn new(subscriber: Subscriber, fanout: Arc<Fanout>) -> Self {
        Self { subscriber, filters: HashSet::new(), fanout }
    }

    /// What it is for.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.filters.iter()
    }

    /// Listens to more, soon; [`confirmed`](Self::confirmed) tells when.
    pub fn add(&mut self, filter: Filter) {
        if self.filters.insert(filter.clone()) {
            self.fanout.join(self.subscriber.clone(), &filter);
        }
    }

    /// Listens to less. What was published before may still come.
    pub fn remove(&mut self, filter: &Filter) {
        if self.filters.remove(filter) {
            self.fanout.leave(self.subscriber.id, [filter]);
        }
    }

    /// Waits until what is published on all that was added so far is received.
    pub fn confirmed(&self) -> impl Future<Output = Result<(), BusError>> + Send + use<> {
        self.confirmed_for(self.filters.clone())
    }

    /// Waits until what this filter, which was added, is for is received.
    pub(crate) fn confirmed_of(
        &self,
        filter: &Filter,
    ) -> impl Future<Output = Result<(), BusError>> + Send + use<> {
        self.confirmed_for([filter.clone()].into())
    }

    fn confirmed_for(
        &self,
        filters: HashSet<Filter>,
    ) -> impl Future<Output = Result<(), BusError>> + Send + use<> {
        let fanout = Arc::clone(&self.fanout);
        async move {
            let confirmed = timeout(CONFIRMATION_TIMEOUT, fanout.confirmed(&filters)).await;
            confirmed.map_err(|_| BusError::new("a subscription was not confirmed in time"))?
        }
    }

    /// Waits for the next message. Cancel-safe.
    pub async fn receive(&mut self) -> Received {
        self.subscriber.mailbox.next().await
    }

    /// The next message, if there is one already.
    pub(crate) fn try_receive(&self) -> Option<Received> {
        self.subscriber.mailbox.try_next()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.fanout.leave(self.subscriber.id, &self.filters);
    }
}
