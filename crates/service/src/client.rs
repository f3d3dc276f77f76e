//! Calls methods over the bus, as a service does that calls another.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use prost::{Message as _, Name};
use prost_types::Any;
use tera_gateway::bus::{Bus, BusError, Received, Subscription};
use tera_protocol::{
    any::{pack, type_name},
    error::{ErrorCode, TeraError},
    opentera::TeraModuleMessage,
    topic::Uuid,
};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    Failure, Incoming,
    incoming::{FlowControl, WINDOW},
    message::{module_message, service_topic, stream_topic, unpack},
    wire::{Invoke, Started},
};

/// Most calls that wait for their answer; one more is refused with `queue_full`.
const MAX_PENDING: usize = 1024;
/// Most answers that wait to be handed on: one each, and as many that nobody waits for.
const QUEUE: usize = 2 * MAX_PENDING;
/// How long a call waits unless its client says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a call has no response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// The service says why not.
    Failed(Failure),
    /// The call or its answer did not get through: `timeout`, `unreachable`, `unavailable`, `queue_full`; `invalid_argument`:
    /// no service can have the key; `invalid_message`: what came is no answer; `closed`: the runtime has ended;
    /// `uncertain`: the bus was lost, or the time was up, before it was heard whether the call got through, so that it may
    /// be carried out, or items of a stream were lost.
    Unanswered(TeraError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Unanswered(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

pub(crate) fn unanswered(code: ErrorCode, description: &'static str) -> CallError {
    CallError::Unanswered(TeraError::new(code, description))
}

fn bus_failed(error: &BusError) -> CallError {
    let code = if error.is_uncertain() { ErrorCode::Uncertain } else { ErrorCode::Unavailable };
    CallError::Unanswered(TeraError::new(code, error.to_string()))
}

/// Makes calls. Cloning it is cheap; clones share an address of their own on the bus, `service.<uuid>`.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    timeout: Duration,
}

#[derive(Debug)]
struct Shared {
    bus: Arc<dyn Bus>,
    address: String,
    pending: Arc<Pending>,
    task: JoinHandle<()>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug, Default)]
struct Pending(Mutex<HashMap<u32, Waiting>>);

#[derive(Debug)]
struct Waiting {
    /// Who is to answer.
    dest: String,
    answer: oneshot::Sender<Vec<Any>>,
}

impl Pending {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u32, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an answer to whom it is for, if it comes from the one who was asked.
    fn answer(&self, message: TeraModuleMessage) {
        let Some(head) = message.head else { return };
        let mut waiting = self.waiting();
        if waiting.get(&head.seq).is_some_and(|each| each.dest == head.source)
            && let Some(Waiting { answer, .. }) = waiting.remove(&head.seq)
        {
            // The receiver may just have given up.
            _ = answer.send(message.data);
        }
    }
}

/// A number that is given back when its call ends, however that is.
struct Number<'a> {
    seq: u32,
    pending: &'a Pending,
}

impl Drop for Number<'_> {
    fn drop(&mut self) {
        self.pending.waiting().remove(&self.seq);
    }
}

impl Client {
    /// A client on this bus.
    ///
    /// # Errors
    ///
    /// The bus is lost.
    pub async fn connect(bus: &Arc<dyn Bus>) -> Result<Self, BusError> {
        let address = format!("service.{}.messages", Uuid(rand::random()));
        let answers = bus.subscribe(std::slice::from_ref(&address), QUEUE).await?;
        let pending = Arc::new(Pending::default());
        let task = tokio::spawn(receive(answers, Arc::clone(&pending)));
        let shared = Shared { bus: Arc::clone(bus), address, pending, task };
        Ok(Self { shared: Arc::new(shared), timeout: TIMEOUT })
    }

    /// The same client, whose calls take so long at most until they are answered; 10 seconds is what it is otherwise.
    /// However long that is, a service gives a method 60 seconds, unless it is a stream.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Calls a method, `<package>.<Service>/<Method>`, of the service with this key and returns its response. Dropping the
    /// future ends the wait.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn call<Q: Name, A: Name + Default>(
        &self,
        key: &str,
        method: &str,
        request: &Q,
    ) -> Result<A, CallError> {
        let dest = service_topic(key).map_err(CallError::Unanswered)?;
        let timeout_ms = u32::try_from(self.timeout.as_millis()).unwrap_or(u32::MAX);
        let invoke = Invoke { method: method.to_owned(), timeout_ms, ..Invoke::default() };
        self.ask(&dest, invoke, pack(request), Instant::now()).await
    }

    /// Calls a streaming method, `<package>.<Service>/<Method>`; it has begun when this returns.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn stream<Q: Name, A: Name + Default>(
        &self,
        key: &str,
        method: &str,
        request: &Q,
    ) -> Result<Incoming<A>, CallError> {
        let dest = service_topic(key).map_err(CallError::Unanswered)?;
        let stream = format!("{:032x}", rand::random::<u128>());
        let topic = stream_topic(&stream).expect("32 hexadecimal digits name a stream");
        let begun = Instant::now();
        let topics = [topic];
        let items = timeout(self.timeout, self.shared.bus.subscribe(&topics, 2 * WINDOW as usize)).await;
        let items =
            items.map_err(|_| unanswered(ErrorCode::Timeout, "the message bus did not answer in time"))?;
        let items = items.map_err(|error| bus_failed(&error))?;
        let invoke =
            Invoke { method: method.to_owned(), stream: stream.clone(), window: WINDOW, timeout_ms: 0 };
        // From here on the stream is stopped when nobody wants it.
        let flow = FlowControl::new(self, &dest, stream);
        let _: Started = self.ask(&dest, invoke, pack(request), begun).await?;
        Ok(Incoming::new(items, flow))
    }

    async fn ask<A: Name + Default>(
        &self,
        dest: &str,
        invoke: Invoke,
        request: Any,
        begun: Instant,
    ) -> Result<A, CallError> {
        let left = || self.timeout.saturating_sub(begun.elapsed());
        let (number, answer) = self.number(dest)?;
        let published = timeout(left(), self.publish(dest, number.seq, vec![pack(&invoke), request])).await;
        published.map_err(|_| {
            unanswered(ErrorCode::Uncertain, "the message bus did not say in time whether it took the call")
        })??;
        let Ok(answer) = timeout(left(), answer).await else {
            return Err(unanswered(ErrorCode::Timeout, "the service did not answer in time"));
        };
        let data = answer.map_err(|_| unanswered(ErrorCode::Closed, "the client was dropped"))?;
        drop(number);
        let [answer] = &data[..] else {
            return Err(unanswered(ErrorCode::InvalidMessage, "an answer holds one message"));
        };
        response(answer)
    }

    /// Draws a number for a call to this topic.
    fn number(&self, dest: &str) -> Result<(Number<'_>, oneshot::Receiver<Vec<Any>>), CallError> {
        let (answer, answered) = oneshot::channel();
        let mut waiting = self.shared.pending.waiting();
        if waiting.len() >= MAX_PENDING {
            return Err(unanswered(ErrorCode::QueueFull, "too many calls wait for their answer"));
        }
        let seq = loop {
            let seq = rand::random_range(1..=u32::MAX);
            if !waiting.contains_key(&seq) {
                break seq;
            }
        };
        waiting.insert(seq, Waiting { dest: dest.to_owned(), answer });
        Ok((Number { seq, pending: &self.shared.pending }, answered))
    }

    /// Publishes a message for a service.
    pub(crate) async fn publish(&self, dest: &str, seq: u32, data: Vec<Any>) -> Result<(), CallError> {
        let message = module_message(seq, &self.shared.address, dest, data);
        match self.shared.bus.publish(dest, message.into()).await {
            Ok(0) => Err(unanswered(ErrorCode::Unreachable, "nobody serves that key")),
            Ok(_) => Ok(()),
            Err(error) => Err(bus_failed(&error)),
        }
    }
}

async fn receive(mut answers: Subscription, pending: Arc<Pending>) {
    loop {
        match answers.receive().await {
            Received::Message(delivery) => match TeraModuleMessage::decode(delivery.payload().clone()) {
                Ok(message) => pending.answer(message),
                Err(error) => tracing::debug!(%error, "dropped an answer that can't be decoded"),
            },
            // Those who wait run into their timeouts.
            missed => tracing::warn!(?missed, "answers were lost"),
        }
    }
}

/// What an answer or an item holds.
pub(crate) fn response<A: Name + Default>(answer: &Any) -> Result<A, CallError> {
    match (unpack(answer), unpack::<Failure>(answer)) {
        (Some(Ok(response)), _) => Ok(response),
        (_, Some(Ok(failure))) => Err(CallError::Failed(failure)),
        _ => Err(CallError::Unanswered(TeraError::new(
            ErrorCode::InvalidMessage,
            format!("the answer is a {} and no {}", type_name(&answer.type_url), A::full_name()),
        ))),
    }
}
