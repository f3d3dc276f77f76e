//! What streaming methods give: items, as many as the caller has room for.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use prost::Name;
use prost_types::Any;
use tera_gateway::bus::Bus;
use tera_protocol::any::pack;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{
    Failure,
    message::event,
    methods::Running,
    wire::{Alive, End, Item},
};

/// How often a stream shows that it lives, and that it learns that nobody listens any more. Callers give up after several.
pub(crate) const ALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// Nobody wants the stream any more, or the bus lost an item. With `?` it ends the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody wants the stream any more")
    }
}

impl std::error::Error for Stopped {}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Self::new("stopped", stopped.to_string())
    }
}

/// What the caller has asked for so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    /// How many items it has room for, counted from the first one.
    pub(crate) room: u64,
    pub(crate) stopped: bool,
}

/// Where a streaming method puts its items. When the caller goes away, the method is dropped where it waits.
#[derive(Debug)]
pub struct Items<T> {
    pub(crate) outlet: Outlet,
    pub(crate) item: PhantomData<fn(T)>,
}

impl<T: Name> Items<T> {
    /// Sends the next item, as soon as the caller has room for it.
    ///
    /// # Errors
    ///
    /// Nobody wants it, or the bus is lost.
    pub async fn send(&mut self, item: &T) -> Result<(), Stopped> {
        self.outlet.send(pack(item)).await
    }
}

/// The same for items of any type.
#[derive(Debug)]
pub(crate) struct Outlet {
    bus: Arc<dyn Bus>,
    topic: Arc<str>,
    demand: watch::Receiver<Demand>,
    sent: Arc<Sent>,
}

/// What a method has sent so far.
#[derive(Debug, Default)]
struct Sent {
    count: AtomicU64,
    /// The bus failed to take one of the items.
    has_lost: AtomicBool,
}

impl Outlet {
    async fn send(&mut self, message: Any) -> Result<(), Stopped> {
        let number = self.sent.count.load(Ordering::Relaxed) + 1;
        let has_room = |demand: &Demand| demand.stopped || demand.room >= number;
        let stopped = self.demand.wait_for(has_room).await.map_or(true, |demand| demand.stopped);
        let item = Item { number, message: Some(message) };
        // It counts before it is published: if it is lost on the way, the caller sees the hole.
        self.sent.count.store(number, Ordering::Relaxed);
        if stopped {
            return Err(Stopped);
        }
        if !publish(&*self.bus, &self.topic, &item).await {
            self.sent.has_lost.store(true, Ordering::Relaxed);
            return Err(Stopped);
        }
        Ok(())
    }
}

/// One run of a streaming method.
pub(crate) struct Stream {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) topic: Arc<str>,
    pub(crate) demand: watch::Receiver<Demand>,
    sent: Arc<Sent>,
}

impl Stream {
    pub(crate) fn new(bus: &Arc<dyn Bus>, topic: String, demand: watch::Receiver<Demand>) -> Self {
        Self { bus: Arc::clone(bus), topic: topic.into(), demand, sent: Arc::default() }
    }

    pub(crate) fn outlet(&self) -> Outlet {
        let (bus, topic) = (Arc::clone(&self.bus), Arc::clone(&self.topic));
        Outlet { bus, topic, demand: self.demand.clone(), sent: Arc::clone(&self.sent) }
    }

    /// Runs the method to its end, or until nobody listens.
    pub(crate) async fn run(mut self, mut method: Running<()>) {
        let mut alive = interval(ALIVE_INTERVAL);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        alive.tick().await;
        let outcome = loop {
            tokio::select! {
                outcome = &mut method => break outcome,
                () = stopped(&mut self.demand) => return,
                _ = alive.tick() => {}
            }
            if is_abandoned(&*self.bus, &self.topic).await
                || !publish(&*self.bus, &self.topic, &Alive {}).await
            {
                return;
            }
        };
        let count = self.sent.count.load(Ordering::Relaxed);
        let end = match outcome {
            // Whether or not the lost item arrived, those that would have followed are missing.
            Err(_) if self.sent.has_lost.load(Ordering::Relaxed) => End { count: count + 1, failure: None },
            outcome => End { count, failure: outcome.err() },
        };
        publish(&*self.bus, &self.topic, &end).await;
    }
}

/// Waits until the caller wants no more.
async fn stopped(demand: &mut watch::Receiver<Demand>) {
    // Without its sender the stream is in no list any more, and nobody can want it.
    _ = demand.wait_for(|demand| demand.stopped).await;
}

/// Whether the caller has left the topic, which it has to itself: whoever else gets what is published has a pattern.
async fn is_abandoned(bus: &dyn Bus, topic: &str) -> bool {
    // Where Redis doesn't let one ask, it is only noticed while nobody has a pattern.
    bus.listeners(topic).await == Ok(0)
}

/// False if nobody got it.
async fn publish<M: Name>(bus: &dyn Bus, topic: &str, message: &M) -> bool {
    match bus.publish(topic, event(topic, message).into()).await {
        Ok(receivers) => receivers > 0,
        Err(error) => {
            tracing::warn!(topic, %error, "ended a stream");
            false
        }
    }
}
