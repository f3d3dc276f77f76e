//! Answers calls that come over the bus.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use prost::Message as _;
use prost_types::Any;
use tera_gateway::bus::{Bus, Received, Subscription};
use tera_protocol::{
    any::pack,
    error::{ErrorCode, TeraError},
    opentera::TeraModuleMessage,
};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::{
    Caller, Failure, Methods,
    message::{module_message, service_topic, stream_topic, unpack},
    methods::{Method, Running},
    slots::{Slot, Slots},
    streams::{Demand, Stream},
    wire::{Flow, Invoke, Started},
};

/// Most calls under way at once, streams included. One more is answered with the failure `busy`, and does not wait.
pub const MAX_CALLS: usize = 1024;
/// Most of them of one caller.
pub const MAX_CALLS_PER_CALLER: usize = 64;
/// Most refusals under way at once. Beyond it callers hear nothing, and run into their timeouts.
const MAX_REFUSALS: usize = 4096;
/// Most of them to one caller.
const MAX_REFUSALS_PER_CALLER: usize = 1024;
/// Most messages that wait to be looked at. Beyond it the newest are dropped, and their callers run into their timeouts.
const QUEUE: usize = 4096;
/// Longest that a method without a stream runs: what the gateway allows its clients to wait, and no more.
pub(crate) const LONGEST_CALL: Duration = Duration::from_secs(60);
/// How much longer than its caller waits a method may run, so that the caller's own clock speaks first.
const GRACE: Duration = Duration::from_secs(1);

/// A service that is being served. Dropping it ends it, and all of its calls.
#[derive(Debug)]
pub struct Server {
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves methods as `service.<key>`, until the result is dropped. Calls are taken when this returns.
///
/// # Errors
///
/// `invalid_argument`: the key is none that a service can have; `unavailable`: the bus is lost.
pub async fn serve<S: Send + Sync + 'static>(
    bus: &Arc<dyn Bus>,
    key: &str,
    methods: Methods<S>,
) -> Result<Server, TeraError> {
    let address = service_topic(key)?;
    let messages = bus.subscribe(std::slice::from_ref(&address), QUEUE).await;
    let messages = messages.map_err(|error| TeraError::new(ErrorCode::Unavailable, error.to_string()))?;
    let service = Arc::new(Service {
        bus: Arc::clone(bus),
        address,
        methods: methods.into_map(),
        slots: Slots::new(MAX_CALLS, MAX_CALLS_PER_CALLER),
        refusals: Slots::new(MAX_REFUSALS, MAX_REFUSALS_PER_CALLER),
        streams: Mutex::default(),
    });
    Ok(Server { task: tokio::spawn(run(service, messages)) })
}

struct Service {
    bus: Arc<dyn Bus>,
    address: String,
    methods: HashMap<&'static str, Method>,
    slots: Arc<Slots>,
    refusals: Arc<Slots>,
    /// What callers have asked for, by caller and name of the stream.
    streams: Mutex<HashMap<(String, String), watch::Sender<Demand>>>,
}

/// Takes in what comes, for ever.
async fn run(service: Arc<Service>, mut messages: Subscription) {
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            received = messages.receive() => match received {
                Received::Message(delivery) => {
                    let Ok(message) = TeraModuleMessage::decode(delivery.payload().clone()) else { continue };
                    if let Some(call) = take(&service, message) {
                        calls.spawn(call);
                    }
                }
                Received::Missed(topic, count) => tracing::error!(%topic, count, "calls came faster than they could be taken"),
                Received::Lost => tracing::warn!("calls may have been lost with the message bus"),
            },
            Some(_) = calls.join_next() => {}
        }
    }
}

/// What a message asks to be done. Messages that are neither call nor flow are somebody else's: a service may use its
/// topic for others as well, and what is never answered can't be answered in turn.
fn take(service: &Arc<Service>, message: TeraModuleMessage) -> Option<impl Future<Output = ()> + use<>> {
    let head = message.head?;
    let caller = Caller::new(&head.source)?;
    let mut data = message.data.into_iter();
    let first = data.next()?;
    if let Some(Ok(flow)) = unpack::<Flow>(&first) {
        service.adjust(&caller, flow);
        return None;
    }
    let call = match (unpack::<Invoke>(&first)?, data.next()) {
        (Ok(invoke), Some(request)) => service.begin(&caller, &invoke, request),
        _ => Err(Failure::invalid_request("a call holds an Invoke and the method's request")),
    };
    let call = match call {
        Ok(call) => call,
        Err(failure) => service.refuse(&caller, failure)?,
    };
    let reply = Reply { service: Arc::clone(service), seq: head.seq, caller };
    Some(reply.carry_out(call))
}

/// A call that was taken, with its right to be under way.
enum Call {
    Unary { method: Running<Any>, limit: Duration, slot: Slot },
    Streaming { method: Running<()>, stream: Stream, listed: Listed, slot: Slot },
    Refused { failure: Failure, slot: Slot },
}

impl Service {
    fn streams(&self) -> MutexGuard<'_, HashMap<(String, String), watch::Sender<Demand>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing of the method runs yet, but a stream is listed: what stops it may come right behind.
    fn begin(self: &Arc<Self>, caller: &Caller, invoke: &Invoke, request: Any) -> Result<Call, Failure> {
        let slot = self.slots.take(&caller.to_string()).ok_or_else(Failure::busy)?;
        match self.methods.get(&*invoke.method) {
            Some(Method::Unary(method)) => {
                let limit = time_limit(invoke.timeout_ms);
                Ok(Call::Unary { method: method(request, caller.clone()), limit, slot })
            }
            Some(Method::Streaming(method)) => {
                let (listed, stream) = Listed::new(self, caller, invoke)?;
                let method = method(request, caller.clone(), stream.outlet());
                Ok(Call::Streaming { method, stream, listed, slot })
            }
            None => Err(Failure::unknown_method(&invoke.method)),
        }
    }

    fn refuse(&self, caller: &Caller, failure: Failure) -> Option<Call> {
        let slot = self.refusals.take(&caller.to_string());
        if slot.is_none() {
            tracing::warn!(%caller, "calls came faster than they could be refused");
        }
        Some(Call::Refused { failure, slot: slot? })
    }

    fn adjust(&self, caller: &Caller, flow: Flow) {
        if let Some(demand) = self.streams().get(&(caller.to_string(), flow.stream)) {
            demand.send_modify(|demand| {
                demand.room = demand.room.max(flow.room);
                demand.stopped |= flow.stop;
            });
        }
    }
}

/// Whom to answer, and under which number.
struct Reply {
    service: Arc<Service>,
    seq: u32,
    caller: Caller,
}

impl Reply {
    async fn send(&self, answer: Any) {
        let dest = self.caller.to_string();
        let message = module_message(self.seq, &self.service.address, &dest, vec![answer]);
        if let Err(error) = self.service.bus.publish(&dest, message.into()).await {
            tracing::warn!(%dest, %error, "could not answer a call");
        }
    }

    async fn carry_out(self, call: Call) {
        match call {
            Call::Unary { method, limit, slot: _slot } => {
                let response = timeout(limit, guarded(method)).await;
                let response = response.unwrap_or_else(|_| Err(Failure::timeout()));
                self.send(response.unwrap_or_else(|failure| pack(&failure))).await;
            }
            Call::Streaming { method, stream, listed: _listed, slot: _slot } => {
                self.send(pack(&Started {})).await;
                stream.run(Box::pin(guarded(method))).await;
            }
            Call::Refused { failure, slot: _slot } => self.send(pack(&failure)).await,
        }
    }
}

fn time_limit(timeout_ms: u32) -> Duration {
    match timeout_ms {
        0 => LONGEST_CALL,
        milliseconds => Duration::from_millis(milliseconds.into()).min(LONGEST_CALL) + GRACE,
    }
}

/// A method whose panic is a failure like any other, where panics unwind.
async fn guarded<T>(method: Running<T>) -> Result<T, Failure> {
    AssertUnwindSafe(method).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a method panicked");
        Err(Failure::internal())
    })
}

/// A stream in the service's list, for as long as it runs.
struct Listed {
    service: Arc<Service>,
    key: (String, String),
}

impl Listed {
    fn new(service: &Arc<Service>, caller: &Caller, invoke: &Invoke) -> Result<(Self, Stream), Failure> {
        let topic = stream_topic(&invoke.stream).ok_or_else(|| {
            Failure::invalid_request("`stream` must be 32 hexadecimal digits in lower case")
        })?;
        let key = (caller.to_string(), invoke.stream.clone());
        let mut streams = service.streams();
        if streams.contains_key(&key) {
            return Err(Failure::invalid_request("the caller has a stream of this name already"));
        }
        let (demand, demanded) = watch::channel(Demand { room: invoke.window.into(), stopped: false });
        streams.insert(key.clone(), demand);
        drop(streams);
        let stream = Stream::new(&service.bus, topic, demanded);
        Ok((Self { service: Arc::clone(service), key }, stream))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.service.streams().remove(&self.key);
    }
}
